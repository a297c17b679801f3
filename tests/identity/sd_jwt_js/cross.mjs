// Issues, presents and verifies with @sd-jwt/core: one JSON request a line in, one answer a line out.
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { createInterface } from 'node:readline';
import { SDJwtInstance } from '@sd-jwt/core';

const { subtle } = webcrypto;

const kinds = {
  'P-256': { import: { name: 'ECDSA', namedCurve: 'P-256' }, use: { name: 'ECDSA', hash: 'SHA-256' }, alg: 'ES256' },
  Ed25519: { import: { name: 'Ed25519' }, use: { name: 'Ed25519' }, alg: 'EdDSA' },
};

const load = (jwk, use) => subtle.importKey('jwk', jwk, kinds[jwk.crv].import, false, [use]);

const signer = async (jwk) => {
  const key = await load(jwk, 'sign');
  return async (text) =>
    Buffer.from(await subtle.sign(kinds[jwk.crv].use, key, Buffer.from(text))).toString('base64url');
};

const verifier = async (jwk) => {
  const key = await load(jwk, 'verify');
  return async (text, signature) =>
    subtle.verify(kinds[jwk.crv].use, key, Buffer.from(signature, 'base64url'), Buffer.from(text));
};

const shared = {
  hasher: async (data, alg) => new Uint8Array(createHash(alg.replace('-', '')).update(data).digest()),
  hashAlg: 'sha-256',
  saltGenerator: async (length) => randomBytes(length).toString('base64url'),
  omitTyp: true,
};

const work = {
  async make({ issuer, holder, kid, claims, frame, shown, audience, nonce, at }) {
    const instance = new SDJwtInstance({
      ...shared,
      signer: await signer(issuer),
      signAlg: kinds[issuer.crv].alg,
      kbSigner: await signer(holder),
      kbSignAlg: kinds[holder.crv].alg,
    });
    const credential = await instance.issue(claims, frame, { header: { typ: 'dc+sd-jwt', kid } });
    const kb = { payload: { iat: at, aud: audience, nonce } };
    return { credential, presentation: await instance.present(credential, shown, { kb }) };
  },

  async verify({ issuer, holder, presentation, nonce, at }) {
    const instance = new SDJwtInstance({
      ...shared,
      verifier: await verifier(issuer),
      kbVerifier: await verifier(holder),
    });
    const found = await instance.verify(presentation, { keyBindingNonce: nonce, currentDate: at });
    return { payload: found.payload, audience: found.kb.payload.aud };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  try {
    console.log(JSON.stringify({ ok: true, ...(await work[request.do](request)) }));
  } catch (error) {
    console.log(JSON.stringify({ ok: false, error: String(error.message ?? error) }));
  }
}
