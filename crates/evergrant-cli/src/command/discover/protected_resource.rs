//! Which issuers and scopes an API has.

use evergrant::discovery::ResourceMetadata;
use serde_json::{Value, json};

use super::section;

pub(super) fn json(metadata: &ResourceMetadata) -> Value {
    json!({
        "resource": metadata.resource(),
        "metadata_url": metadata.url().as_str(),
        "issuers": metadata.issuers(),
        "scopes": metadata.scopes(),
        "required_scopes": metadata.required_scopes().iter().collect::<Vec<_>>(),
        "bearer_methods": metadata.bearer_methods(),
    })
}

pub(super) fn text(metadata: &ResourceMetadata) -> String {
    let mut text = String::new();
    let mut api = vec![
        ("resource".to_owned(), metadata.resource().to_owned()),
        ("metadata".to_owned(), metadata.url().to_string()),
    ];
    for (name, values) in [
        ("scopes", metadata.scopes()),
        ("bearer tokens in", metadata.bearer_methods()),
    ] {
        api.extend(values.map(|values| (name.to_owned(), values.join(" "))));
    }
    if !metadata.required_scopes().is_empty() {
        api.push((
            "scopes of this request".to_owned(),
            metadata.required_scopes().to_string(),
        ));
    }
    section(&mut text, "API", &api);
    let issuers = metadata.issuers().iter();
    let issuers: Vec<_> = issuers.map(|issuer| ("issuer".to_owned(), issuer.clone())).collect();
    section(&mut text, "Issuers that the API names", &issuers);
    let scopes: String = metadata
        .required_scopes()
        .iter()
        .map(|scope| format!(" --scope {scope}"))
        .collect();
    let resource = metadata.resource();
    let mut commands = vec![(
        "what an issuer offers".to_owned(),
        "evergrant discover ISSUER".to_owned(),
    )];
    let token = format!("evergrant token --issuer ISSUER --resource {resource}{scopes} --client-id ID ...");
    commands.push(("a token for the API".to_owned(), token));
    section(&mut text, "Commands, with an issuer that you know", &commands);
    text
}
