//! The browser that `evergrant login` opens: it gets a private page, and the authorization URL is in no argument list
//! and no environment.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use url::Url;

use crate::signing_in_user::{Login, UserCommands as _, fixture, get};
use crate::support::{Fixture, set_mode};

/// A browser that records its arguments and environment, and runs until the fixture is dropped or the file `closed`
/// exists.
fn browser(fixture: &Fixture, name: &str) -> PathBuf {
    let folder = fixture.folder.display();
    let script = format!(
        "#!/bin/sh\nPATH=/usr/bin:/bin\nprintf '%s\\n' \"$@\" > '{folder}/arguments.new'\ntr '\\0' '\\n' < /proc/$$/environ > '{folder}/environment'\n\
         mv '{folder}/arguments.new' '{folder}/arguments'\nwhile [ -d '{folder}' ] && [ ! -e '{folder}/closed' ]; do sleep 0.05; done\n"
    );
    let path = fixture.folder.join(name);
    fs::write(&path, script).unwrap();
    set_mode(&path, 0o700);
    path
}

/// Starts a login that opens the browser through `$BROWSER`.
fn login(fixture: &Fixture, extra: &[&str]) -> Login {
    let browser = browser(fixture, "a-browser");
    fixture.login_with_env(&[("BROWSER", browser.to_str().unwrap())], extra)
}

/// The browser's last argument.
fn argument(fixture: &Fixture) -> String {
    let recorded = fixture.folder.join("arguments");
    wait_until(|| recorded.exists());
    let arguments = fs::read_to_string(&recorded).unwrap();
    fs::remove_file(recorded).unwrap();
    arguments.lines().last().unwrap().to_owned()
}

fn wait_until(condition: impl Fn() -> bool) {
    for _ in 0..600 {
        if condition() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("timed out");
}

fn page(argument: &str) -> PathBuf {
    let url: Url = argument.parse().expect(argument);
    assert_eq!((url.scheme(), url.query(), url.fragment()), ("file", None, None));
    url.to_file_path().unwrap()
}

/// The existing pages.
fn pages(fixture: &Fixture) -> Vec<PathBuf> {
    let files = fs::read_dir(fixture.folder.join(".local/state/evergrant/sign-in")).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Whether the text is in an argument list or environment that this user can read.
fn is_in_a_process(text: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap().map(|process| process.unwrap().path());
    let mut files = processes.flat_map(|process| [process.join("cmdline"), process.join("environ")]);
    files.any(|file| String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).contains(text))
}

fn send_signal(login: &Login, signal: &str) {
    let id = login.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
}

#[test]
fn the_browser_gets_a_private_page_and_no_process_gets_the_url() {
    let fixture = fixture();
    let login = login(&fixture, &[]);
    let page = page(&argument(&fixture));
    assert_eq!((mode(&page), mode(page.parent().unwrap())), (0o600, 0o700));
    let url: Url = login.url.parse().unwrap();
    let html = fs::read_to_string(&page).unwrap();
    let target = url.as_str().replace('&', "&amp;");
    assert!(html.contains(&format!("content=\"0; url={target}\"")), "{html}");
    assert!(
        html.contains("<meta name=\"referrer\" content=\"no-referrer\">") && !html.contains("<script"),
        "{html}"
    );

    for name in ["state", "code_challenge"] {
        let value = url.query_pairs().find(|(known, _)| known == name).unwrap().1;
        assert!(value.len() >= 43 && !is_in_a_process(&value), "{name}");
    }
    assert!(is_in_a_process(page.to_str().unwrap()), "the search of processes works");

    assert_eq!(get(&fixture.auth.visit(&login.url)).0, 200);
    let (code, stderr) = login.finish();
    assert!(code == 0 && stderr.contains("visit the URL above"), "{stderr}");
    assert!(!page.exists());
}

#[test]
fn the_page_is_removed_when_the_sign_in_ends() {
    let fixture = fixture();
    let rejected = login(&fixture, &[]);
    let first = page(&argument(&fixture));
    fixture.auth.deny_sign_ins();
    assert_eq!(get(&fixture.auth.visit(&rejected.url)).0, 400);
    assert_eq!(rejected.finish().0, 3);
    assert!(!first.exists(), "after a rejection");

    // The page is written before the timeout starts; the browser may be too late to record anything.
    let late = fixture.login_with_env(&[("BROWSER", "/bin/true")], &["--wait", "0.2"]);
    assert_eq!(late.finish().0, 4);
    assert!(pages(&fixture).is_empty(), "after the timeout");

    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let interrupted = login(&fixture, &[]);
        let page = page(&argument(&fixture));
        assert!(page.exists());
        send_signal(&interrupted, signal);
        assert_eq!(interrupted.finish().0, code);
        assert!(pages(&fixture).is_empty(), "{signal}");
    }
}

#[test]
fn a_hangup_ends_a_sign_in_unless_it_is_ignored() {
    let fixture = fixture();
    let hung_up = login(&fixture, &[]);
    argument(&fixture);
    send_signal(&hung_up, "-HUP");
    hung_up.wait_killed();

    let ignoring = fixture.login_without_hangup();
    send_signal(&ignoring, "-HUP");
    assert_eq!(get(&fixture.auth.visit(&ignoring.url)).0, 200);
    assert_eq!(ignoring.finish().0, 0);
}

#[test]
fn concurrent_sign_ins_have_separate_pages() {
    let fixture = fixture();
    let [first, second] = [(), ()].map(|()| {
        let login = login(&fixture, &[]);
        (page(&argument(&fixture)), login)
    });
    for ((page, login), other) in [(&first, &second.0), (&second, &first.0)] {
        assert_ne!(page, other);
        let html = fs::read_to_string(page).unwrap();
        assert!(html.contains(&login.url.replace('&', "&amp;")), "{html}");
    }
    for (_, login) in [first, second] {
        assert_eq!(get(&fixture.auth.visit(&login.url)).0, 200);
        assert_eq!(login.finish().0, 0);
    }
    assert!(pages(&fixture).is_empty());
}

#[test]
fn the_page_of_a_killed_sign_in_is_removed_by_a_later_one() {
    let fixture = fixture();
    let killed = login(&fixture, &[]);
    let stale = page(&argument(&fixture));
    send_signal(&killed, "-KILL");
    killed.wait_killed();
    let files = ["html", "lock"].map(|extension| stale.with_extension(extension));
    for file in &files {
        let written = fs::metadata(file).unwrap().modified().unwrap();
        let file = fs::File::options().write(true).open(file).unwrap();
        file.set_modified(written - Duration::from_secs(2 * 3600)).unwrap();
    }

    let next = login(&fixture, &[]);
    assert_ne!(page(&argument(&fixture)), stale);
    assert!(files.iter().all(|file| !file.exists()));
    get(&fixture.auth.visit(&next.url));
    assert_eq!(next.finish().0, 0);
}

#[test]
fn desktop_browsers_and_url_placeholders_get_the_page() {
    let fixture = fixture();
    let browser = browser(&fixture, "a-browser");
    let with_placeholder = format!("{} --new-window=%s", browser.display());
    let login = fixture.login_with_env(&[("BROWSER", &with_placeholder)], &[]);
    let last = argument(&fixture);
    page(last.strip_prefix("--new-window=").expect(&last));
    send_signal(&login, "-INT");
    login.finish();

    let settings = fixture.folder.join("xdg-settings");
    fs::write(&settings, "#!/bin/sh\necho a.desktop\n").unwrap();
    set_mode(&settings, 0o700);
    fs::create_dir_all(fixture.folder.join("share/applications")).unwrap();
    let entry = format!("[Desktop Entry]\nExec={} %u\n", browser.display());
    fs::write(fixture.folder.join("share/applications/a.desktop"), entry).unwrap();
    let share = fixture.folder.join("share");
    let desktop = [
        ("PATH", fixture.folder.to_str().unwrap()),
        ("XDG_DATA_DIRS", share.to_str().unwrap()),
    ];
    let login = fixture.login_with_env(&desktop, &[]);
    page(&argument(&fixture));
    send_signal(&login, "-INT");
    login.finish();
}

#[test]
fn without_a_page_or_a_browser_the_user_visits_the_url() {
    let fixture = fixture();
    let login_without = fixture.login_with_env(&[("PATH", fixture.folder.to_str().unwrap())], &[]);
    get(&fixture.auth.visit(&login_without.url));
    let (code, stderr) = login_without.finish();
    assert!(
        code == 0 && stderr.contains("warning: cannot open a browser"),
        "{stderr}"
    );

    // Others could have written to the folder.
    let folder = fixture.folder.join(".local/state/evergrant/sign-in");
    set_mode(&folder, 0o777);
    let open_to_others = login(&fixture, &[]);
    get(&fixture.auth.visit(&open_to_others.url));
    let (code, stderr) = open_to_others.finish();
    assert!(
        code == 0 && stderr.contains("warning: cannot write the page for the browser") && stderr.contains("chmod 700"),
        "{stderr}"
    );
    assert!(!fixture.folder.join("arguments").exists());
}
