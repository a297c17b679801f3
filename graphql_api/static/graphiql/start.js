// Starts GraphiQL on this origin. The bearer token is kept for this tab only and sent with each request.
"use strict";
const KEPT = "zhulian.token";
const place = document.getElementById("graphiql");
const form = document.getElementById("token-form");
const input = document.getElementById("token");
const h = React.createElement;
const root = ReactDOM.createRoot(place);

function show() {
  const token = sessionStorage.getItem(KEPT);
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const fetcher = GraphiQL.createFetcher({ url: place.dataset.endpoint, headers });
  // A new key starts GraphiQL anew, so that the schema is asked for with the new token.
  root.render(
    h(GraphiQL, { key: token ?? "", fetcher, defaultQuery: place.dataset.query, shouldPersistHeaders: false }),
  );
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEPT, input.value.trim());
  show();
});
input.value = sessionStorage.getItem(KEPT) ?? "";
show();
