//! Parameters: locations, styles, types, and overrides.

use super::{Api, api, first, joined, rejection, short_type as typed, warnings};

fn description(path: &str, shared: &str, own: &str) -> String {
    format!(
        "paths: {{'{path}': {{parameters: [{shared}], get: {{operationId: a, parameters: [{own}], responses: {{}}}}}}}}"
    )
}

/// `query tags?: Vec<String> Form*`: optional ones with `?`, exploded ones with `*`.
fn summary(api: &Api) -> String {
    let parameters = first(api).parameters.iter().map(|parameter| {
        let name = match parameter.ident == parameter.name {
            true => parameter.name.clone(),
            false => format!("{}={}", parameter.ident, parameter.name),
        };
        let optional = if parameter.required { "" } else { "?" };
        let exploded = if parameter.explode { "*" } else { "" };
        let (location, ty) = (parameter.location.word(), typed(&parameter.ty));
        format!("{location} {name}{optional}: {ty} {:?}{exploded}", parameter.style)
    });
    joined(parameters, ", ")
}

#[test]
fn styles_default_to_those_of_their_location() {
    let cases = [
        (
            "{name: a, in: path, required: true, schema: {type: integer}}",
            "path a: i64 Simple",
        ),
        (
            "{name: a, in: path, style: label, explode: true}",
            "path a: String Label*",
        ),
        ("{name: a, in: path, style: matrix}", "path a: String Matrix"),
        (
            "{name: q, in: query, schema: {type: array, items: {type: string}}}",
            "query q?: Vec<String> Form*",
        ),
        ("{name: q, in: query, explode: false}", "query q?: String Form"),
        (
            "{name: q, in: query, style: spaceDelimited}",
            "query q?: String SpaceDelimited",
        ),
        (
            "{name: q, in: query, style: pipeDelimited, explode: true}",
            "query q?: String PipeDelimited*",
        ),
        (
            "{name: q, in: query, style: deepObject}",
            "query q?: String DeepObject*",
        ),
        (
            "{name: X-Q, in: header, required: true}",
            "header x_q=X-Q: String Simple",
        ),
        (
            "{name: q, in: cookie, schema: {type: boolean}}",
            "cookie q?: bool Form*",
        ),
        (
            "{name: q, in: query, x-evergrant-name: filter}",
            "query filter=q?: String Form*",
        ),
        ("{name: type, in: query}", "query type_=type?: String Form*"),
    ];
    for (parameter, expected) in cases {
        let path = if parameter.contains("path") { "/{a}" } else { "/" };
        assert_eq!(
            summary(&api(&description(path, "", parameter))),
            expected,
            "{parameter}"
        );
    }
}

#[test]
fn content_is_json_or_text() {
    let cases = [
        (
            "query",
            "application/json: {schema: {type: object}}",
            "query q?: Map<String,Value> Json",
        ),
        ("query", "application/problem+json: {}", "query q?: String Json"),
        (
            "query",
            "text/plain: {schema: {type: string}}",
            "query q?: String Form*",
        ),
        (
            "header",
            "text/plain: {schema: {type: integer}}",
            "header q?: i64 Simple",
        ),
        ("cookie", "text/plain: {}", "cookie q?: String Form*"),
        (
            "query",
            "text/csv: {schema: {type: array, items: {type: string}}}",
            "query q?: String Form*",
        ),
    ];
    for (place, content, expected) in cases {
        let parameter = format!("{{name: q, in: {place}, content: {{{content}}}}}");
        assert_eq!(
            summary(&api(&description("/", "", &parameter))),
            expected,
            "{parameter}"
        );
    }
    for media in [
        "application/octet-stream",
        "multipart/form-data",
        "image/png",
        "text/event-stream",
    ] {
        let parameter = format!("{{name: q, in: query, content: {{{media}: {{}}}}}}");
        let problem = rejection(&description("/", "", &parameter));
        assert!(
            problem.contains("#/paths/~1/get/parameters/0: the `content`"),
            "{problem}"
        );
    }
}

#[test]
fn parameters_of_the_operation_override_those_of_the_path() {
    let cases = [
        ("{name: q, in: query}", "", "query q?: String Form*"),
        (
            "{name: q, in: query}",
            "{name: q, in: query, required: true, schema: {type: integer}}",
            "query q: i64 Form*",
        ),
        // Different locations may use the same name.
        (
            "{name: q, in: query}",
            "{name: q, in: header}",
            "query q?: String Form*, header q_header=q?: String Simple",
        ),
        // Required ones first, by place, and in the order of the description.
        (
            "{name: b, in: query}, {name: a, in: query, required: true}",
            "{name: c, in: header, required: true}, {name: d, in: query}",
            "query a: String Form*, header c: String Simple, query b?: String Form*, query d?: String Form*",
        ),
    ];
    for (shared, own, expected) in cases {
        assert_eq!(
            summary(&api(&description("/", shared, own))),
            expected,
            "{shared} {own}"
        );
    }
    for (shared, own) in [
        ("", "{name: q, in: query}, {name: q, in: query, required: true}"),
        ("{name: q, in: query}, {name: q, in: query, required: true}", ""),
    ] {
        assert!(rejection(&description("/", shared, own)).contains("/1: this parameter is listed twice"));
    }
}

#[test]
fn path_parameters_are_in_path_order_and_complete() {
    let own = "{name: b, in: path}, {name: a, in: path}, {name: c, in: path}";
    let api = api(&description("/{a}/x/{b}/{d}", "", own));
    assert_eq!(
        summary(&api),
        "path a: String Simple, path b: String Simple, path d: String Simple"
    );
    let warnings = warnings(&api);
    assert!(
        warnings.contains("/2: the path has no `{c}`") && warnings.contains("get: `{d}` of the path"),
        "{warnings}"
    );
}

#[test]
fn headers_of_the_client_are_ignored_and_styles_of_other_locations_rejected() {
    for name in ["Accept", "content-type", "AUTHORIZATION"] {
        let api = api(&description("/", "", &format!("{{name: {name}, in: header}}")));
        assert_eq!(summary(&api), "", "{name}");
        assert!(warnings(&api).contains("the parameter is ignored"), "{name}");
    }
    for parameter in [
        "{name: a, in: query, style: simple}",
        "{name: a, in: header, style: form}",
        "{name: a, in: cookie, style: deepObject}",
        "{name: a, in: query, style: own}",
        "{name: a, in: body}",
        "{in: query}",
        "{name: 'a b', in: header}",
    ] {
        let problem = rejection(&description("/", "", parameter));
        assert!(problem.contains("#/paths/~1/get/parameters/0: "), "{problem}");
    }
}
