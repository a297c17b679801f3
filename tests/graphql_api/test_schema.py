"""The schema as clients rely on it."""

from pathlib import Path

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_list_type,
    is_non_null_type,
)

from graphql_api.schema import export_schema

COMMITTED = Path(__file__).parents[2] / "graphql_api" / "schema.graphql"
SCHEMA = build_schema(export_schema())
EDITS = {
    "returnGoods",
    "verifyNeed",
    "rejectNeed",
    "cancelNeed",
    "confirmNeed",
    "releaseClaim",
    "publishRound",
}
EDITS |= {"acceptProposal", "declineProposal", "confirmProposal", "startNeed", "completeNeed", "discardRound"}
EDITS |= {"countersignHours", "refuseHours", "disputeHours", "decideDispute", "revokeCertificate"}
EDITS |= {"cancelPaidOrder", "reviewWorkOrder", "recordPayment"}
EDITS |= {"confirmClaim", "recordNoShow", "nameMember", "releaseHolding", "askReplacement"}
EDITS |= {"activateVolunteer", "setContactPreference"}
KEYED = {"postNeed", "claimSlot", "publishRound", "acceptProposal"}
KEYED |= {"recordHours", "openPaidOrder", "issueCertificate"}
KEYED |= {
    "holdSlot",
    "nameMember",
    "acceptSlotOffer",
    "declineSlotOffer",
    "joinWaitingList",
    "askReplacement",
}
EDITS |= {"checkNeed", "acceptPartial", "resubmitNeed", "disputeNeed", "resolveDispute", "reopenNeed"}
EDITS |= {"escalateNeed", "decideConference", "verifySeries", "stopSeries", "skipOccurrence"}
EDITS |= {"renameStation", "moveStation", "closeStation"}
KEYED |= {"postSeries", "openStation", "postNeed", "claimSlot", "publishRound", "acceptProposal"}
EDITS |= {"logVisit", "publishVisits", "pinVisit", "publishNeed"}
KEYED |= {"raiseAlarm", "logVisit", "planVisits", "publishNeed"}
MONEY_STEPS = {
    "approveAllocation",
    "refuseAllocation",
    "disburseAllocation",
    "recordEvidence",
    "sendFeedback",
}
MONEY_STEPS |= {"discloseAllocation", "releaseAllocation", "clawBackAllocation", "publishDisclosure"}
MONEY_STEPS |= {"allocate", "payFirst"}
KEYED |= {"approveAllocations"}  # each row names the version it saw
EDITS |= MONEY_STEPS
KEYED |= MONEY_STEPS
STEPS = {
    "receiveDonation",
    "issueReceipt",
    "postDonation",
    "refundDonation",
    "cancelPledge",
    "correctDonation",
}
STEPS |= {
    "askPurposeChange",
    "allowPurposeChange",
    "withdrawPurposeChange",
    "clearDuplicate",
    "correctShopSale",
}
EDITS |= STEPS
KEYED |= STEPS | {
    "pledgeDonation",
    "recordGoods",
    "returnGoods",
    "recordDonation",
    "openCharityShop",
    "recordShopSale",
}
EDITS |= {"amendFund", "closeFund", "decidePurpose", "decideTransfer", "endProgramme"}
EDITS |= {"decideExpense", "reverseExpense", "recordCharityYear"}
KEYED |= {"openFund", "topUpImprest", "proposePurpose", "proposeTransfer", "proposeBudget", "startProgramme"}
KEYED |= {"recordExpense", "recordCharityYear", "addStock", "adjustStock"}
EDITS |= {"publishDisclosurePack", "nameDonor"}
KEYED |= {"generateDisclosurePack", "publishDisclosurePack", "nameDonor", "recordGiftList"}
EDITS |= {"decidePerson"}
KEYED |= {"proposePerson", "decidePerson", "partPerson"}
EDITS |= {"decideOrganisation", "reopenOrganisation"}
KEYED |= {"decideOrganisation", "reopenOrganisation"}
EDITS |= {"decideLink", "reviseServicePlan", "stepServicePlan"}
KEYED |= {"decideLink", "separateLink", "draftServicePlan", "reviseServicePlan", "stepServicePlan"}
EDITS |= {"decideCoverageTask", "assignCoverageTask", "undoStatusEnd"}
KEYED |= {"decideCoverageTask", "assignCoverageTask", "undoStatusEnd"}
DECIDED = {"reviewRecognition", "decideRecognitionAppeal", "endRecognition"}
DECIDED |= {"revokeCredential", "suspendCredential", "resumeCredential"}
EDITS |= DECIDED
KEYED |= DECIDED | {"openPresentationRequest", "presentCredential", "appealRecognition", "issueCredential"}
EDITS |= {"settleReconciliationDifference"}
KEYED |= {"stateReconciliationMonth", "holdReconciliationStatement", "settleReconciliationDifference"}
EDITS |= {"decideDataRequest"}
KEYED |= {"askForData"}
EDITS |= {"decideCoverageTask", "assignCoverageTask", "undoStatusEnd"}
KEYED |= {"decideCoverageTask", "assignCoverageTask", "undoStatusEnd"}
EDITS |= {"decideAlert", "adoptAlertRules"}
KEYED |= {"decideAlert", "tryAlertRules", "adoptAlertRules"}
OPTIONAL = {"logVisit", "recordCharityYear"}  # of something written down before, or of what nobody did


def test_the_committed_schema_is_the_one_that_is_served():
    assert COMMITTED.read_text("utf-8") == export_schema(), "write it anew with export_schema()"


def test_each_mutation_takes_one_input_and_gives_one_payload():
    for name, field in SCHEMA.mutation_type.fields.items():
        assert list(field.args) == ["input"]
        assert get_named_type(field.args["input"].type).name == name[0].upper() + name[1:] + "Input"
        assert set(get_named_type(field.type).fields) == {"object", "userErrors", "replayed"}


def test_edits_name_the_version_they_saw_and_repeatable_calls_their_key():
    for name, field in SCHEMA.mutation_type.fields.items():
        fields = get_named_type(field.args["input"].type).fields
        assert ("expectedVersion" in fields) == (name in EDITS)
        assert ("idempotencyKey" in fields) == (name in KEYED)
        for asked in {"expectedVersion", "idempotencyKey"} & set(fields):
            assert is_non_null_type(fields[asked].type) or name in OPTIONAL


def test_each_root_list_is_a_connection_with_a_size():
    for name, field in SCHEMA.query_type.fields.items():
        kind = get_named_type(field.type)
        if kind.name.endswith("Connection"):
            assert {"first", "after"} <= set(field.args), name
            assert set(kind.fields) == {"edges", "nodes", "pageInfo", "totalCount"}
            assert is_non_null_type(field.args["first"].type)
        else:
            inner = field.type.of_type if is_non_null_type(field.type) else field.type
            assert not is_list_type(inner), name


def test_the_six_lists_have_their_connection_and_their_field_by_id():
    fields = SCHEMA.query_type.fields
    for name in ("needs", "volunteers", "funds", "regions", "rounds", "proposals"):
        assert get_named_type(fields[name].type).name == name[:-1].title() + "Connection"
        assert get_named_type(fields[name[:-1]].type).name == name[:-1].title()
        assert get_named_type(fields["node"].type).name == "Node"


def test_no_stored_key_is_a_field_of_an_object():
    for kind in SCHEMA.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, field in kind.fields.items():
                assert not name.endswith("Key") or name == "idempotencyKey", (kind.name, name)
                if (name == "id" or name.endswith("Id")) and (kind.name, name) not in {
                    ("Round", "policyId"),  # a policy is named by its own code
                    ("RunRoundInput", "policyId"),
                    ("RaiseAlarmInput", "deviceId"),  # a maker's own number
                }:
                    assert get_named_type(field.type).name == "ID", (kind.name, name)
