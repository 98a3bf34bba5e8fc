//! Store URLs, which may contain a password.

use evergrant_store::store;

use crate::error_display::{assert_presentable, texts};
use crate::fuzz_input::Input;

const SCHEMES: [&str; 12] = [
    "redis",
    "rediss",
    "redis+cluster",
    "rediss+cluster",
    "redis+sentinel",
    "rediss+sentinel",
    "valkey",
    "valkeys",
    "postgres",
    "postgresql",
    "file",
    "memory",
];

const PASSWORD: &str = "Q9zK7xNotARealPassword";

/// Any URL results in a store or an error, and neither shows the password.
///
/// The first line is the user name, the second the rest of the password, the third everything after it.
pub fn token_store_url(data: &[u8]) {
    let mut input = Input::new(data);
    let scheme = input.choice(&SCHEMES);
    let plaintext = input.choice(&[true, false]);
    let unencrypted = input.choice(&[true, false]);
    let (user, password, rest) = (input.line(), input.line(), input.text());
    // Certificate files are read when a store is built, and which files exist is not tested here.
    if ["ca=", "cert=", "rootcert"]
        .iter()
        .any(|setting| rest.contains(setting))
    {
        return;
    }
    let build = |url: &str| {
        let mut builder = store(url);
        if plaintext {
            builder = builder.danger_plaintext();
        }
        if unencrypted {
            builder = builder.danger_allow_unencrypted_connection();
        }
        let shown = format!("{builder:?}");
        (shown, builder.build())
    };
    let (_, bare) = build(&rest);
    if let Err(error) = bare {
        assert_presentable(&error);
    }
    let password: String = password
        .chars()
        .filter(|letter| !"/?#@[]\\".contains(*letter))
        .collect();
    let user: String = user.chars().filter(|letter| !"/?#@[]\\:".contains(*letter)).collect();
    let (builder, store) = build(&format!("{scheme}://{user}:{PASSWORD}{password}@{rest}"));
    assert!(!builder.contains(PASSWORD), "{builder}");
    match store {
        Ok(store) => assert!(!format!("{store:?}").contains(PASSWORD), "{store:?}"),
        Err(error) => {
            assert_presentable(&error);
            assert!(!texts(&error).iter().any(|text| text.contains(PASSWORD)), "{error}");
        }
    }
}
