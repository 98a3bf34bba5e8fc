//! `evergrant login`: a user comes back from the browser, and others who come do no harm.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use evergrant_testing::RefreshTokens;

use crate::user::{AsUser as _, CLIENT, get, world, world_with};

#[test]
fn without_a_sign_in_or_with_a_refused_refresh_token_the_user_is_told_to_sign_in() {
    let world = world_with(|server| server.lifetime(Duration::from_secs(1)));
    let told = world.user("token", &[]).failure(3);
    assert!(told.contains("evergrant login"), "{told}");
    assert_eq!(world.auth.token_requests(), 0);

    world.sign_in();
    world.auth.revoke_refresh_tokens();
    thread::sleep(Duration::from_millis(1100));
    let told = world.user("token", &[]).failure(3);
    assert!(
        told.contains("sign in again") && told.contains("evergrant login"),
        "{told}"
    );

    let none = world_with(|server| server.refresh_tokens(RefreshTokens::None));
    let login = none.login(&[]);
    get(&none.auth.visit(&login.url));
    let (code, told) = login.end();
    assert!(code == 0 && told.contains("no refresh token"), "{told}");
}

#[test]
fn a_redirect_from_elsewhere_ends_nothing() {
    let world = world();
    let login = world.login(&[]);
    let redirect = world.auth.visit(&login.url);
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
    assert_eq!(login.end().0, 0);
}

#[test]
fn a_user_who_says_no_and_a_user_who_never_comes_are_told_apart() {
    let world = world();
    world.auth.deny_sign_ins();
    let login = world.login(&[]);
    let (status, page) = get(&world.auth.visit(&login.url));
    assert!(status == 400 && page.contains("access_denied"), "{page}");
    let (code, told) = login.end();
    assert!(code == 3 && told.contains("access_denied"), "{told}");

    let (code, told) = world.login(&["--wait", "0.2"]).end();
    assert!(code == 4 && told.contains("nobody has signed in"), "{told}");
}

#[test]
fn a_redirect_uri_must_lead_to_this_machine() {
    let world = world();
    for (uri, problem) in [
        ("https://shop.example.com/callback", "this machine"),
        ("https://127.0.0.1/callback", "plain http"),
        ("callback", "not a URL"),
    ] {
        let told = world.user("login", &["--no-browser", "--redirect-uri", uri]).failure(2);
        assert!(told.contains(problem), "{told}");
    }
    let told = world.run("login", &["--no-browser"]).failure(2);
    assert!(told.contains("authorization URL"), "{told}");
}

#[test]
fn a_redirect_with_the_right_state_ends_the_login_whatever_else_is_wrong_with_it() {
    let world = world();
    let login = world.login(&[]);
    let redirect = world.auth.visit(&login.url);
    let (status, page) = get(&format!("{redirect}&code=another"));
    assert!(status == 400 && page.contains("`code` more than once"), "{page}");
    let (code, told) = login.end();
    assert!(code == 3 && told.contains("`code` more than once"), "{told}");
    assert_eq!(world.auth.token_requests(), 0);
}

#[test]
fn what_the_server_says_is_text_and_not_markup_to_the_browser() {
    let world = world();
    let login = world.login(&[]);
    let redirect = world.auth.visit(&login.url);
    let (callback, query) = redirect.split_once('?').unwrap();
    let state = query.split('&').find(|pair| pair.starts_with("state=")).unwrap();
    let (status, page) = get(&format!("{callback}?{state}&error=%3Cb%3Ex%3C/b%3E"));
    assert!(
        status == 400 && page.contains("&lt;b&gt;x&lt;/b&gt;") && !page.contains("<b>"),
        "{page}"
    );
    assert_eq!(login.end().0, 3);
}

#[test]
fn idle_connections_do_not_keep_the_redirect_out() {
    let world = world();
    let login = world.login(&[]);
    let redirect = world.auth.visit(&login.url);
    let address = redirect.strip_prefix("http://").unwrap().split_once('/').unwrap().0;
    let idle: Vec<_> = (0..100).map(|_| TcpStream::connect(address).unwrap()).collect();
    assert_eq!(get(&redirect).0, 200);
    assert_eq!(login.end().0, 0);
    drop(idle);
}

#[test]
fn the_time_to_sign_in_does_not_limit_the_exchange_and_who_comes_meanwhile_is_late() {
    let world = world();
    let login = world.login(&["--wait", "3"]);
    let redirect = world.auth.visit(&login.url);
    let hold = world.auth.hold();
    thread::scope(|scope| {
        let visits = [scope.spawn(|| get(&redirect)), scope.spawn(|| get(&redirect))];
        thread::sleep(Duration::from_millis(3200));
        hold.release();
        let mut pages = visits.map(|visit| visit.join().unwrap());
        pages.sort();
        assert!(pages[0].0 == 200 && pages[1].0 == 410, "{pages:?}");
    });
    assert_eq!(login.end().0, 0);
}

#[test]
fn a_token_that_cannot_be_kept_is_no_sign_in() {
    let world = world();
    world.sign_in();
    let stored = world.stored();
    fs::remove_file(&stored).unwrap();
    fs::create_dir(&stored).unwrap();
    let told = world.user("login", &["--no-browser"]).failure(2);
    assert!(told.contains("cannot store a token"), "before the user is sent: {told}");

    fs::remove_dir(&stored).unwrap();
    let login = world.login(&[]);
    fs::create_dir(&stored).unwrap();
    let (status, page) = get(&world.auth.visit(&login.url));
    assert!(
        status == 400 && page.contains("not signed in") && page.contains("cannot store"),
        "{page}"
    );
    let (code, told) = login.end();
    assert!(code == 2 && told.contains("cannot store the token"), "{told}");
}

#[test]
fn a_registered_port_and_the_text_around_it_are_kept() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let registered = format!("http://{free}");
    let world = world_with(|server| server.redirect_uri(CLIENT, &registered));
    let login = world.login(&["--redirect-uri", &registered]);
    let redirect = world.auth.visit(&login.url);
    assert!(redirect.starts_with(&format!("{registered}?")), "{redirect}");
    assert_eq!(get(&redirect).0, 200);
    assert_eq!(login.end().0, 0);
}
