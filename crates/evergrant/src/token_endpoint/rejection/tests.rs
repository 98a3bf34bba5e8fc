//! Tests of error codes and descriptions in various formats, and of outlines.

use serde_json::{Value, json};

use super::error_code::{Reason, outline};

#[track_caller]
fn check(body: &Value, code: Option<&str>, description: Option<&str>) {
    let reason = Reason::of(body);
    assert_eq!(
        (reason.code.as_deref(), reason.description),
        (code, description),
        "{body}"
    );
}

#[test]
fn code_and_description_are_found_in_the_formats_of_many_servers() {
    for (body, code, description) in [
        (
            json!({"error": "invalid_scope", "error_description": "no"}),
            "invalid_scope",
            "no",
        ),
        (
            json!({"errorCode": "invalid_client", "errorSummary": "Bad id.", "errorCauses": []}),
            "invalid_client",
            "Bad id.",
        ),
        (
            json!({"errorCode": "E0000011", "errorSummary": "Bad key", "errorLink": "E0000011"}),
            "E0000011",
            "Bad key",
        ),
        (
            json!({"ErrorCode": "invalid_client", "Error": "ClientId is Invalid"}),
            "invalid_client",
            "ClientId is Invalid",
        ),
        (
            json!({"errorCode": "invalid_client", "error": "denied"}),
            "invalid_client",
            "denied",
        ),
        (
            json!({"fault": {"faultstring": "Bad key", "detail": {"errorcode": "oauth.v2.Bad"}}}),
            "oauth.v2.Bad",
            "Bad key",
        ),
        (
            json!({"errors": [{"code": "NOT.AUTHORIZED", "message": "Not valid."}]}),
            "NOT.AUTHORIZED",
            "Not valid.",
        ),
        (
            json!([{"errorCode": "INVALID_SESSION", "message": "Expired"}]),
            "INVALID_SESSION",
            "Expired",
        ),
        (
            json!({"code": 40001, "msg": "ip is not allowed"}),
            "40001",
            "ip is not allowed",
        ),
        (
            json!({"errcode": 40013, "errmsg": "invalid appid"}),
            "40013",
            "invalid appid",
        ),
        (
            json!({"reason": "Invalid id or secret", "error": "invalid_client"}),
            "invalid_client",
            "Invalid id or secret",
        ),
        (
            json!({"error": {"code": 401, "message": "who?", "status": "UNAUTHENTICATED"}}),
            "401",
            "who?",
        ),
        (
            json!({"error": {"type": "invalid_client", "message": "who?", "code": 7}}),
            "invalid_client",
            "who?",
        ),
        (
            json!({"statusCode": 401, "error": "Unauthorized", "message": "who?"}),
            "Unauthorized",
            "who?",
        ),
        (
            json!({"code": "INVALID-CLIENT", "developerMessage": "who?"}),
            "invalid_client",
            "who?",
        ),
        (
            json!({"__type": "NotAuthorizedException", "Message": "who?"}),
            "NotAuthorizedException",
            "who?",
        ),
        (
            json!({"error": "custom", "details": {"sub-error": "invalid_grant"}, "message": "x"}),
            "invalid_grant",
            "x",
        ),
        (
            json!({"message": "outer", "code": "a", "error": {"message": "inner"}}),
            "a",
            "outer",
        ),
    ] {
        check(&body, Some(code), Some(description));
    }
    for (body, description) in [
        (
            json!({"type": "about:blank", "title": "Unauthorized", "detail": "who?", "status": 401}),
            "who?",
        ),
        (
            json!({"type": "https://example.com/e", "title": "Unauthorized"}),
            "Unauthorized",
        ),
        (json!({"error": "Bad client credentials"}), "Bad client credentials"),
        (json!({"message": ["scope must be set", "more"]}), "scope must be set"),
        (json!({"errors": ["first", "second"]}), "first"),
        (json!({"errors": {"scope": ["is unknown"]}}), "is unknown"),
        (json!({"status": "error", "msg": "no such client"}), "no such client"),
        (
            json!({"success": false, "data": {"error": {"message": "no such client"}}}),
            "no such client",
        ),
    ] {
        check(&body, None, Some(description));
    }
    check(&json!({"error": "invalid_client"}), Some("invalid_client"), None);
    for body in [
        json!({}),
        json!([]),
        json!({"error_link": "see the documentation"}),
        json!({"details": {"other": "text"}}),
        json!({"code": 0, "status": "ok"}),
        json!("text"),
        json!({"message": " "}),
    ] {
        check(&body, None, None);
    }
}

#[test]
fn deeply_nested_and_distant_members_are_not_read() {
    let mut deep = json!({"message": "deep"});
    for _ in 0..5 {
        deep = json!({ "x": deep });
    }
    check(&deep, None, None);
    let mut list = vec![json!(1); 100_000];
    list.push(json!({"message": "far"}));
    check(&json!({ "errors": list }), None, None);
    check(&json!([[[[[{"message": "deep"}]]]]]), None, None);
    let members: serde_json::Map<_, _> = (0..150).map(|number| (number.to_string(), json!(1))).collect();
    for many in [json!(vec![1; 150]), Value::Object(members)] {
        check(&json!({"a": many, "b": many, "c": {"message": "far"}}), None, None);
        check(&json!({"a": many, "c": {"message": "near"}}), None, Some("near"));
    }
}

#[test]
fn an_outline_omits_members_named_like_secrets() {
    let body = json!({
        "seen": "by us",
        "number": 7,
        "request": {
            "client_secret": "hush", "clientSecret": "hush", "password": "hush", "refresh-token": "hush",
            "Authorization": "Basic hush", "client_assertion": "hush", "api_key": "hush", "id": "shop",
        },
        "tokens": ["hush"],
    });
    let shown = outline(&body);
    assert!(!shown.contains("hush"), "{shown}");
    assert!(shown.contains("by us") && shown.contains("shop"), "{shown}");
}

#[test]
fn a_success_with_a_token_elsewhere_is_not_a_rejection() {
    for (body, rejected) in [
        (json!({"status": "error", "msg": "no such client"}), true),
        (json!({"code": 40001, "msg": "no"}), true),
        (json!({"message": "ok", "data": {"accessToken": "hush"}}), false),
        (json!({"message": "ok", "token": "hush"}), false),
        (json!({"result": {"id": 1}}), false),
    ] {
        assert_eq!(super::is_rejection(&body), rejected, "{body}");
    }
}

#[test]
fn a_page_is_recognized_by_its_start() {
    for (body, expected) in [
        ("<!DOCTYPE html><title>Sign in</title>", true),
        (" \n<!doctype HTML>", true),
        ("<HTML lang=en>", true),
        ("<html", true),
        ("<htm", false),
        ("<error/>", false),
        ("no <html>", false),
        ("", false),
    ] {
        assert_eq!(super::looks_like_page(body.as_bytes()), expected, "{body}");
    }
}
