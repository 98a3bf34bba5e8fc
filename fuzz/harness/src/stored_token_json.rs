//! The JSON form of stored tokens.

use evergrant::Token;

use crate::error_display::assert_presentable;
use crate::fuzz_input::Input;

/// A token survives a round trip.
pub fn stored_token_json(data: &[u8]) {
    let text = Input::new(data).text();
    let token = match Token::from_json(&text) {
        Ok(token) => token,
        Err(error) => return assert_presentable(&error),
    };
    let written = token.expose_json();
    let again = Token::from_json(&written).expect("a valid token");
    assert_eq!(again.expose_json(), written);
    assert_eq!(again.access_token().expose(), token.access_token().expose());
    assert_eq!(
        again.refresh_token().map(|token| token.expose().to_owned()),
        token.refresh_token().map(|token| token.expose().to_owned())
    );
    assert_eq!(again.scopes(), token.scopes());
    let camel_case = Token::from_json(&token.expose_json_camel_case()).expect("a valid token");
    assert_eq!(camel_case.expose_json(), written, "only the names differ");
    let bare = token.without_refresh_token();
    assert!(bare.refresh_token().is_none());
    let _ = format!("{bare:?}");
}
