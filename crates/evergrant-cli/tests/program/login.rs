//! `evergrant login`: the redirect from the browser, and forged or idle connections.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use evergrant_testing::RefreshTokens;

use crate::signing_in_user::{CLIENT, UserCommands as _, fixture, fixture_with, get};

#[test]
fn a_missing_sign_in_or_rejected_refresh_token_requires_a_login() {
    let fixture = fixture_with(|server| server.lifetime(Duration::from_secs(1)));
    let stderr = fixture.run_as_user("token", &[]).failure(3);
    assert!(stderr.contains("evergrant login"), "{stderr}");
    assert_eq!(fixture.auth.token_requests(), 0);

    fixture.sign_in();
    fixture.auth.revoke_refresh_tokens();
    thread::sleep(Duration::from_millis(1100));
    let stderr = fixture.run_as_user("token", &[]).failure(3);
    assert!(
        stderr.contains("sign in again") && stderr.contains("evergrant login"),
        "{stderr}"
    );

    let none = fixture_with(|server| server.refresh_tokens(RefreshTokens::None));
    let login = none.login(&[]);
    get(&none.auth.visit(&login.url));
    let (code, stderr) = login.finish();
    assert!(code == 0 && stderr.contains("no refresh token"), "{stderr}");
}

#[test]
fn forged_redirects_do_not_end_the_login() {
    let fixture = fixture();
    let login = fixture.login(&[]);
    let redirect = fixture.auth.visit(&login.url);
    let (callback, query) = redirect.split_once('?').unwrap();
    for forged in [
        "",
        "?code=stolen",
        "?code=stolen&state=guessed",
        &format!("?{query}&state=another"),
    ] {
        let (status, page) = get(&format!("{callback}{forged}"));
        assert!(
            status == 400 && page.contains("not signed in"),
            "{forged}: {status} {page}"
        );
    }
    assert_eq!(get(&callback.replace("callback", "favicon.ico")).0, 404);
    assert_eq!(get(&redirect).0, 200);
    assert_eq!(login.finish().0, 0);
}

#[test]
fn a_denied_sign_in_and_a_timeout_have_different_exit_codes() {
    let fixture = fixture();
    fixture.auth.deny_sign_ins();
    let login = fixture.login(&[]);
    let (status, page) = get(&fixture.auth.visit(&login.url));
    assert!(status == 400 && page.contains("access_denied"), "{page}");
    let (code, stderr) = login.finish();
    assert!(code == 3 && stderr.contains("access_denied"), "{stderr}");

    let (code, stderr) = fixture.login(&["--wait", "0.2"]).finish();
    assert!(code == 4 && stderr.contains("no sign-in within"), "{stderr}");
}

#[test]
fn a_redirect_uri_must_point_to_this_machine() {
    let fixture = fixture();
    for (uri, problem) in [
        ("https://shop.example.com/callback", "this machine"),
        ("https://127.0.0.1/callback", "plain http"),
        ("callback", "not a URL"),
    ] {
        let error = fixture
            .run_as_user("login", &["--no-browser", "--redirect-uri", uri])
            .failure(2);
        assert!(error.contains(problem), "{error}");
    }
    let error = fixture.run("login", &["--no-browser"]).failure(2);
    assert!(error.contains("authorization URL"), "{error}");
}

#[test]
fn an_invalid_redirect_with_the_right_state_ends_the_login() {
    let fixture = fixture();
    let login = fixture.login(&[]);
    let redirect = fixture.auth.visit(&login.url);
    let (status, page) = get(&format!("{redirect}&code=another"));
    assert!(status == 400 && page.contains("`code` more than once"), "{page}");
    let (code, stderr) = login.finish();
    assert!(code == 3 && stderr.contains("`code` more than once"), "{stderr}");
    assert_eq!(fixture.auth.token_requests(), 0);
}

#[test]
fn the_servers_error_is_escaped_in_the_page() {
    let fixture = fixture();
    let login = fixture.login(&[]);
    let redirect = fixture.auth.visit(&login.url);
    let (callback, query) = redirect.split_once('?').unwrap();
    let state = query.split('&').find(|pair| pair.starts_with("state=")).unwrap();
    let (status, page) = get(&format!("{callback}?{state}&error=%3Cb%3Ex%3C/b%3E"));
    assert!(
        status == 400 && page.contains("&lt;b&gt;x&lt;/b&gt;") && !page.contains("<b>"),
        "{page}"
    );
    assert_eq!(login.finish().0, 3);
}

#[test]
fn idle_connections_do_not_block_the_redirect() {
    let fixture = fixture();
    let login = fixture.login(&[]);
    let redirect = fixture.auth.visit(&login.url);
    let address = redirect.strip_prefix("http://").unwrap().split_once('/').unwrap().0;
    let idle: Vec<_> = (0..100).map(|_| TcpStream::connect(address).unwrap()).collect();
    assert_eq!(get(&redirect).0, 200);
    assert_eq!(login.finish().0, 0);
    drop(idle);
}

#[test]
fn the_wait_does_not_limit_the_token_request_and_later_visits_are_gone() {
    let fixture = fixture();
    let login = fixture.login(&["--wait", "3"]);
    let redirect = fixture.auth.visit(&login.url);
    let hold = fixture.auth.hold();
    thread::scope(|scope| {
        let visits = [scope.spawn(|| get(&redirect)), scope.spawn(|| get(&redirect))];
        thread::sleep(Duration::from_millis(3200));
        hold.release();
        let mut pages = visits.map(|visit| visit.join().unwrap());
        pages.sort();
        assert!(pages[0].0 == 200 && pages[1].0 == 410, "{pages:?}");
    });
    assert_eq!(login.finish().0, 0);
}

#[test]
fn a_token_that_cannot_be_stored_fails_the_login() {
    let fixture = fixture();
    fixture.sign_in();
    let stored = fixture.stored_token();
    fs::remove_file(&stored).unwrap();
    fs::create_dir(&stored).unwrap();
    let stderr = fixture.run_as_user("login", &["--no-browser"]).failure(2);
    assert!(
        stderr.contains("cannot store a token"),
        "before the browser opens: {stderr}"
    );

    fs::remove_dir(&stored).unwrap();
    let login = fixture.login(&[]);
    fs::create_dir(&stored).unwrap();
    let (status, page) = get(&fixture.auth.visit(&login.url));
    assert!(
        status == 400 && page.contains("not signed in") && page.contains("cannot store"),
        "{page}"
    );
    let (code, stderr) = login.finish();
    assert!(code == 2 && stderr.contains("cannot store the token"), "{stderr}");
}

#[test]
fn a_registered_redirect_uri_is_used_unchanged() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let registered = format!("http://{free}");
    let fixture = fixture_with(|server| server.redirect_uri(CLIENT, &registered));
    let login = fixture.login(&["--redirect-uri", &registered]);
    let redirect = fixture.auth.visit(&login.url);
    assert!(redirect.starts_with(&format!("{registered}?")), "{redirect}");
    assert_eq!(get(&redirect).0, 200);
    assert_eq!(login.finish().0, 0);
}
