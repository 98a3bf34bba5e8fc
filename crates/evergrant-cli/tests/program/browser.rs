//! The browser that `evergrant login` opens: it is given a page of its user's own, and the authorization URL stays out of every
//! argument list and environment.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use url::Url;

use crate::support::{World, set_mode};
use crate::user::{AsUser as _, Login, get, world};

/// A browser that notes what it is given, and runs until the world ends or somebody writes `closed`.
fn browser(world: &World, name: &str) -> PathBuf {
    let folder = world.folder.display();
    let script = format!(
        "#!/bin/sh\nPATH=/usr/bin:/bin\nprintf '%s\\n' \"$@\" > '{folder}/arguments.new'\ntr '\\0' '\\n' < /proc/$$/environ > '{folder}/environment'\n\
         mv '{folder}/arguments.new' '{folder}/arguments'\nwhile [ -d '{folder}' ] && [ ! -e '{folder}/closed' ]; do sleep 0.05; done\n"
    );
    let path = world.folder.join(name);
    fs::write(&path, script).unwrap();
    set_mode(&path, 0o700);
    path
}

/// Opened by `$BROWSER`.
fn login(world: &World, more: &[&str]) -> Login {
    let browser = browser(world, "a-browser");
    world.login_in(&[("BROWSER", browser.to_str().unwrap())], more)
}

/// The last of the arguments that the browser was given.
fn argument(world: &World) -> String {
    let noted = world.folder.join("arguments");
    wait_until(|| noted.exists());
    let arguments = fs::read_to_string(&noted).unwrap();
    fs::remove_file(noted).unwrap();
    arguments.lines().last().unwrap().to_owned()
}

fn wait_until(condition: impl Fn() -> bool) {
    for _ in 0..600 {
        if condition() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("waited for in vain");
}

fn page(argument: &str) -> PathBuf {
    let url: Url = argument.parse().expect(argument);
    assert_eq!((url.scheme(), url.query(), url.fragment()), ("file", None, None));
    url.to_file_path().unwrap()
}

/// What there is of pages.
fn left(world: &World) -> Vec<PathBuf> {
    let files = fs::read_dir(world.folder.join(".local/state/evergrant/sign-in")).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Whether any argument list or environment that this user can read has the text in it.
fn is_in_a_process(text: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap().map(|process| process.unwrap().path());
    let mut files = processes.flat_map(|process| [process.join("cmdline"), process.join("environ")]);
    files.any(|file| String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).contains(text))
}

fn kill(login: &Login, signal: &str) {
    let id = login.id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
}

#[test]
fn the_browser_is_given_a_private_page_that_leads_on_and_no_process_is_given_the_url() {
    let world = world();
    let login = login(&world, &[]);
    let page = page(&argument(&world));
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
    assert!(is_in_a_process(page.to_str().unwrap()), "the look at processes works");

    assert_eq!(get(&world.auth.visit(&login.url)).0, 200);
    let (code, told) = login.end();
    assert!(code == 0 && told.contains("visit the URL above"), "{told}");
    assert!(!page.exists());
}

#[test]
fn the_page_is_gone_however_the_sign_in_ends() {
    let world = world();
    let refused = login(&world, &[]);
    let first = page(&argument(&world));
    world.auth.deny_sign_ins();
    assert_eq!(get(&world.auth.visit(&refused.url)).0, 400);
    assert_eq!(refused.end().0, 3);
    assert!(!first.exists(), "after a refusal");

    // The page is written before the time begins; the browser may come too late to note anything.
    let late = world.login_in(&[("BROWSER", "/bin/true")], &["--wait", "0.2"]);
    assert_eq!(late.end().0, 4);
    assert!(left(&world).is_empty(), "after the time to sign in");

    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let interrupted = login(&world, &[]);
        let page = page(&argument(&world));
        assert!(page.exists());
        kill(&interrupted, signal);
        assert_eq!(interrupted.end().0, code);
        assert!(left(&world).is_empty(), "{signal}");
    }
}

#[test]
fn a_hangup_ends_a_sign_in_unless_it_is_to_be_ignored() {
    let world = world();
    let hung_up = login(&world, &[]);
    argument(&world);
    kill(&hung_up, "-HUP");
    hung_up.killed();

    let kept = world.login_without_hangup();
    kill(&kept, "-HUP");
    assert_eq!(get(&world.auth.visit(&kept.url)).0, 200);
    assert_eq!(kept.end().0, 0);
}

#[test]
fn two_sign_ins_with_the_same_settings_have_a_page_each() {
    let world = world();
    let [first, second] = [(), ()].map(|()| {
        let login = login(&world, &[]);
        (page(&argument(&world)), login)
    });
    for ((page, login), other) in [(&first, &second.0), (&second, &first.0)] {
        assert_ne!(page, other);
        let html = fs::read_to_string(page).unwrap();
        assert!(html.contains(&login.url.replace('&', "&amp;")), "{html}");
    }
    for (_, login) in [first, second] {
        assert_eq!(get(&world.auth.visit(&login.url)).0, 200);
        assert_eq!(login.end().0, 0);
    }
    assert!(left(&world).is_empty());
}

#[test]
fn what_a_killed_sign_in_leaves_is_removed_by_a_later_one() {
    let world = world();
    let killed = login(&world, &[]);
    let left = page(&argument(&world));
    kill(&killed, "-KILL");
    killed.killed();
    let files = ["html", "lock"].map(|extension| left.with_extension(extension));
    for file in &files {
        let written = fs::metadata(file).unwrap().modified().unwrap();
        let file = fs::File::options().write(true).open(file).unwrap();
        file.set_modified(written - Duration::from_secs(2 * 3600)).unwrap();
    }

    let next = login(&world, &[]);
    assert_ne!(page(&argument(&world)), left);
    assert!(files.iter().all(|file| !file.exists()));
    get(&world.auth.visit(&next.url));
    assert_eq!(next.end().0, 0);
}

#[test]
fn a_desktops_browser_and_one_with_a_place_for_the_url_are_given_the_page_too() {
    let world = world();
    let browser = browser(&world, "a-browser");
    let with_place = format!("{} --new-window=%s", browser.display());
    let login = world.login_in(&[("BROWSER", &with_place)], &[]);
    let given = argument(&world);
    page(given.strip_prefix("--new-window=").expect(&given));
    kill(&login, "-INT");
    login.end();

    let settings = world.folder.join("xdg-settings");
    fs::write(&settings, "#!/bin/sh\necho a.desktop\n").unwrap();
    set_mode(&settings, 0o700);
    fs::create_dir_all(world.folder.join("share/applications")).unwrap();
    let entry = format!("[Desktop Entry]\nExec={} %u\n", browser.display());
    fs::write(world.folder.join("share/applications/a.desktop"), entry).unwrap();
    let share = world.folder.join("share");
    let desktop = [
        ("PATH", world.folder.to_str().unwrap()),
        ("XDG_DATA_DIRS", share.to_str().unwrap()),
    ];
    let login = world.login_in(&desktop, &[]);
    page(&argument(&world));
    kill(&login, "-INT");
    login.end();
}

#[test]
fn without_a_page_or_a_browser_the_url_is_the_users_to_visit_and_no_browser_is_given_it() {
    let world = world();
    let login_without = world.login_in(&[("PATH", world.folder.to_str().unwrap())], &[]);
    get(&world.auth.visit(&login_without.url));
    let (code, told) = login_without.end();
    assert!(
        code == 0 && told.contains("warning: no browser can be opened"),
        "{told}"
    );

    // Others could have put something there.
    let folder = world.folder.join(".local/state/evergrant/sign-in");
    set_mode(&folder, 0o777);
    let open_to_others = login(&world, &[]);
    get(&world.auth.visit(&open_to_others.url));
    let (code, told) = open_to_others.end();
    assert!(
        code == 0 && told.contains("warning: the page for the browser cannot be written") && told.contains("chmod 700"),
        "{told}"
    );
    assert!(!world.folder.join("arguments").exists());
}
