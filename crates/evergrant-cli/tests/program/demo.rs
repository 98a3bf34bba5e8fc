//! `evergrant demo`: the counters have the expected values.

use crate::support::Fixture;

#[test]
fn json_has_the_expected_counters() {
    let fixture = Fixture::new();
    let result = fixture.run_raw(&["demo", "--json"], "");
    assert_eq!(result.code, 0, "{}", result.stderr);
    let last = result.stdout.lines().last().unwrap();
    let counted: serde_json::Value = serde_json::from_str(last).unwrap();
    let count = |name: &str| counted[name].as_u64().unwrap_or_else(|| panic!("{name} in {last}"));
    assert_eq!(count("failed_calls"), 0);
    assert_eq!(count("token_requests"), 1 + count("renewals") + count("recovered_401"));
    assert!(count("renewals") >= 2 && count("recovered_401") > 0);
    assert!(count("outage_calls_served") > 0 && count("failed_token_requests") > 0);
    assert!(count("api_calls") > 100 && count("slowest_authorization_us") > 0);
    assert_eq!(counted.as_object().unwrap().len(), 8);
    assert!(
        result.stderr.contains("Cold start"),
        "the narration goes to standard error"
    );
}
