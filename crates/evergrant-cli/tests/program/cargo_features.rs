//! Commands and options of features: available if enabled, and otherwise an error that names the feature.

use crate::support::Fixture;

const COMMANDS: [(&str, &str, bool); 4] = [
    ("demo", "demo", cfg!(feature = "demo")),
    ("generate", "generate", cfg!(feature = "generate")),
    ("inspect", "generate", cfg!(feature = "generate")),
    ("store", "store", cfg!(feature = "store")),
];

#[test]
fn help_lists_commands_of_enabled_features_and_errors_name_disabled_ones() {
    let fixture = Fixture::new();
    let help = fixture.run_raw(&["--help"], "").success();
    for (command, feature, is_enabled) in COMMANDS {
        let has = help
            .lines()
            .any(|line| line.trim_start().starts_with(&format!("{command} ")));
        assert_eq!(has, is_enabled, "{command}: {help}");
        if !is_enabled {
            let error = fixture.run_raw(&[command, "--x"], "").failure(2);
            let expected = format!("the command `{command}` needs the feature `{feature}`");
            assert!(error.contains(&expected) && error.contains("cargo install"), "{error}");
        }
    }
}

#[cfg(not(feature = "store"))]
#[test]
fn store_settings_without_the_feature_are_an_error() {
    let fixture = Fixture::new();
    for options in [
        &["--cache"][..],
        &["--store", "redis://127.0.0.1"],
        &["--store=redis://127.0.0.1"],
        &["--store-keys-env", "KEYS"],
    ] {
        let error = fixture.run("token", options).failure(2);
        let expected = "needs the feature `store`";
        assert!(
            error.contains(expected) && error.contains("--features store"),
            "{error}"
        );
    }
    let url = [("EVERGRANT_STORE", "redis://127.0.0.1")];
    let error = fixture.run_with_env(&url, "token", &[]).failure(2);
    assert!(error.contains("EVERGRANT_STORE needs the feature `store`"), "{error}");
    fixture.run("token", &[]).success();
}
