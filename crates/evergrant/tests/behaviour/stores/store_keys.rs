//! Store keys: equal exactly when token requests are.

use std::collections::BTreeSet;

use evergrant::client_auth::ClientAuthMethod;
use evergrant::store::StoreKey;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// All components of a key. Two are equal exactly when the token requests are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Components {
    endpoint: String,
    client_id: String,
    auth: usize,
    grant: String,
    username: Option<String>,
    credential_label: Option<String>,
    scopes: BTreeSet<String>,
    /// Sorted.
    parameters: Vec<(String, String)>,
    namespace: Option<String>,
}

const AUTHS: [ClientAuthMethod; 4] = [
    ClientAuthMethod::Basic,
    ClientAuthMethod::BasicRaw,
    ClientAuthMethod::Post,
    ClientAuthMethod::None,
];

impl Components {
    fn key(&self) -> StoreKey {
        self.key_in_order(&Vec::from_iter(&self.scopes), &Vec::from_iter(&self.parameters))
    }

    fn key_in_order(&self, scopes: &[&String], parameters: &[&(String, String)]) -> StoreKey {
        let mut builder = StoreKey::builder(&self.endpoint, &self.client_id)
            .client_auth(AUTHS[self.auth].with("").name())
            .grant(&self.grant, self.username.as_deref())
            .scopes(scopes);
        for (name, value) in parameters {
            builder = builder.param(name, value);
        }
        if let Some(label) = &self.credential_label {
            builder = builder.credential_label(label);
        }
        if let Some(namespace) = &self.namespace {
            builder = builder.namespace(namespace);
        }
        builder.build()
    }

    /// Replaces one component by that of `other`.
    fn with_component_of(&self, other: &Self, which: usize) -> Self {
        let mut changed = self.clone();
        match which {
            0 => changed.endpoint.clone_from(&other.endpoint),
            1 => changed.client_id.clone_from(&other.client_id),
            2 => changed.auth = other.auth,
            3 => changed.grant.clone_from(&other.grant),
            4 => changed.username.clone_from(&other.username),
            5 => changed.credential_label.clone_from(&other.credential_label),
            6 => changed.scopes.clone_from(&other.scopes),
            7 => changed.parameters.clone_from(&other.parameters),
            _ => changed.namespace.clone_from(&other.namespace),
        }
        changed
    }
}

/// Strings that could be confused with parts of each other or with component names.
fn text() -> impl Strategy<Value = String> {
    let tricky = [
        "",
        "a",
        "b",
        "ab",
        "ba",
        "aa",
        "\0",
        "a\0b",
        "scope",
        "parameter name",
        "namespace",
        "username",
        "1",
    ];
    prop_oneof![4 => select(tricky.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

fn components() -> impl Strategy<Value = Components> {
    let request = (text(), text(), 0..AUTHS.len(), text(), option::of(text()));
    let rest = (
        option::of(text()),
        btree_set("[a-c.]{1,3}", 0..4),
        vec((text(), text()), 0..3),
        option::of(text()),
    );
    (request, rest).prop_map(|(request, (credential_label, scopes, mut parameters, namespace))| {
        parameters.sort();
        let (endpoint, client_id, auth, grant, username) = request;
        Components {
            endpoint,
            client_id,
            auth,
            grant,
            username,
            credential_label,
            scopes,
            parameters,
            namespace,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn keys_are_equal_exactly_when_all_components_are(one in components(), other in components()) {
        prop_assert_eq!(one.key() == other.key(), one == other);
    }

    #[test]
    fn changing_one_component_changes_the_key(one in components(), other in components(), which in 0_usize..9) {
        let changed = one.with_component_of(&other, which);
        prop_assert_eq!(one.key() == changed.key(), one == changed);
    }

    #[test]
    fn moving_text_between_components_changes_the_key(one in components(), which in 0_usize..4) {
        let mut moved = one.clone();
        match which {
            0 => moved.client_id.insert_str(0, &std::mem::take(&mut moved.endpoint)),
            1 => std::mem::swap(&mut moved.username, &mut moved.credential_label),
            2 => moved.parameters.iter_mut().for_each(|(name, value)| name.push_str(&std::mem::take(value))),
            _ => moved.namespace = moved.credential_label.take(),
        }
        moved.parameters.sort();
        prop_assert_eq!(one.key() == moved.key(), one == moved);
    }

    #[test]
    fn the_order_of_scopes_and_of_parameters_does_not_matter(
        (one, scopes, parameters) in components().prop_flat_map(|one| {
            let scopes = Just(Vec::from_iter(one.scopes.clone())).prop_shuffle();
            let parameters = Just(one.parameters.clone()).prop_shuffle();
            (Just(one), scopes, parameters)
        })
    ) {
        let key = one.key_in_order(&Vec::from_iter(&scopes), &Vec::from_iter(&parameters));
        prop_assert_eq!(key, one.key());
        let twice: Vec<_> = scopes.iter().chain(&scopes).collect();
        prop_assert_eq!(one.key_in_order(&twice, &Vec::from_iter(&parameters)), one.key());
    }

    #[test]
    fn a_key_round_trips_through_its_string(one in components()) {
        let key = one.key();
        let text = key.to_string();
        prop_assert!(text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        prop_assert_eq!(text.parse::<StoreKey>(), Ok(key));
    }

    #[test]
    fn only_canonical_strings_are_keys(text in prop_oneof![any::<String>(), "[0-9a-fA-Fg ]{62,66}"]) {
        if let Ok(key) = text.parse::<StoreKey>() {
            prop_assert_eq!(key.to_string(), text);
        }
    }
}

/// Keys must not change between versions, because all processes of a fleet share them.
#[test]
fn keys_are_stable_across_versions() {
    let minimal = StoreKey::builder("https://auth.example.com/token", "client-id").build();
    assert_eq!(
        minimal.to_string(),
        "970ce2e44c91a4e0013867802ad5a600f0b1946ee37ad35eaf2be3eb16ef1ce6"
    );
    let complete = StoreKey::builder("https://auth.example.com/token", "client-id")
        .client_auth(ClientAuthMethod::Post.with("").name())
        .grant("password", Some("jane"))
        .credential_label("2026")
        .scopes(["orders.read", "books.read"])
        .param("resource", "https://api.example.com")
        .param("audience", "books")
        .namespace("staging")
        .build();
    assert_eq!(
        complete.to_string(),
        "0e71c37fdb62ff7c2395b3d9827a70a7baf5831689b9844ab1580c6fd042c8bd"
    );
}

#[test]
fn debug_output_contains_the_key() {
    let key = StoreKey::builder("https://auth.example.com/token", "client-id").build();
    assert_eq!(format!("{key:?}"), format!("StoreKey({key})"));
}
