//! `SECURITY.md` names existing tests for each claim.

use std::path::Path;

#[test]
fn every_claim_names_existing_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let document = std::fs::read_to_string(root.join("SECURITY.md")).expect("SECURITY.md");
    let (_, claims) = document.split_once("| claim | test |").expect("a table of claims");
    let rows = claims.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut count = 0;
    for row in rows {
        count += 1;
        let (_, tests) = row.trim_end_matches(" |").rsplit_once(" | ").expect("two columns");
        let paths: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        let is_for_all = tests.contains("in the workspace");
        assert!(!paths.is_empty(), "no test: {row}");
        for path in paths.into_iter().filter(|_| !is_for_all) {
            assert!(root.join(path).exists(), "{path} does not exist: {row}");
        }
    }
    assert!(count > 40, "{count} claims");
}
