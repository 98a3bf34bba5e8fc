//! Where the browser begins: a file that leads on to the authorization URL.
//!
//! Who reads that URL can have a user signed in as somebody else: its `state` and `code_challenge` are all that ties a code to
//! this program. So it does not belong into a browser's arguments, which every user of the machine can read. The file is its
//! owner's alone, and the arguments hold only its name.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Result;
use std::path::{Path, PathBuf};
use std::time::Duration;

use evergrant::runtime::{Runtime as _, TokioRuntime};
use evergrant_store::private_file::LockedFile;
use url::Url;

use super::page::{document, escaped};

/// A page of one sign-in. The file is removed when this is dropped; what is left of a program that was killed is removed by a
/// later sign-in with the same settings.
#[derive(Debug)]
pub(crate) struct StartPage {
    path: PathBuf,
}

/// How old a page is that no browser is still to read.
const LEFT_OVER: Duration = Duration::from_secs(3600);

impl StartPage {
    /// Writes the page that leads to `target`. Its name begins with that of the session, and is no other page's.
    pub(crate) fn write(folder: &Path, session: &str, target: &Url) -> Result<Self> {
        let target = escaped(target.as_str());
        let head = format!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<meta http-equiv=\"refresh\" content=\"0; url={target}\">\n"
        );
        let body =
            format!("<p><a href=\"{target}\">Go on to the sign-in</a>, should the browser not do so by itself.</p>");
        let html = document("Signing in", &head, &body);
        // Keyed at random in each program.
        let random = RandomState::new().hash_one(std::process::id());
        let page = Self {
            path: folder.join(format!("{session}-{random:016x}.html")),
        };
        LockedFile::open(&page.path, Duration::ZERO)?
            .replace()?
            .commit(html.as_bytes())?;
        // What stays there is in nobody's way.
        let _ = remove_left_over(folder, session);
        Ok(page)
    }

    /// The file's URL, which says nothing of what is in it.
    pub(crate) fn url(&self) -> Option<Url> {
        Url::from_file_path(&self.path).ok()
    }
}

impl Drop for StartPage {
    fn drop(&mut self) {
        // What stays leads to a sign-in that nobody waits for any more.
        for extension in ["html", "lock"] {
            let _ = fs::remove_file(self.path.with_extension(extension));
        }
    }
}

/// Removes the old files of sign-ins that were killed. The folder is known to be ours alone.
fn remove_left_over(folder: &Path, session: &str) -> Result<()> {
    let now = TokioRuntime::new().now().wall();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_old = |written| now.duration_since(written).is_ok_and(|age| age > LEFT_OVER);
        if entry.file_name().to_string_lossy().starts_with(session)
            && entry.metadata().and_then(|file| file.modified()).is_ok_and(is_old)
        {
            // Another sign-in may have been faster.
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_leads_on_and_two_of_one_session_leave_each_other_alone() {
        let folder = std::env::temp_dir().join(format!("evergrant-start-{}", std::process::id()));
        let write = |query: &str| {
            let target = format!("https://auth.example.com/?{query}").parse().unwrap();
            StartPage::write(&folder, "shop", &target).unwrap()
        };
        let first = write("a='\"<b>&state=1");
        let html = fs::read_to_string(&first.path).unwrap();
        let target = "https://auth.example.com/?a=%27%22%3Cb%3E&amp;state=1";
        assert!(html.contains(&format!("<meta http-equiv=\"refresh\" content=\"0; url={target}\">")));
        assert!(
            html.contains(&format!("<a href=\"{target}\">")) && !html.contains("<script"),
            "{html}"
        );

        let second = write("state=2");
        assert_eq!(fs::read_to_string(&first.path).unwrap(), html);
        drop(first);
        assert!(fs::read_to_string(&second.path).unwrap().contains("state=2"));
        drop(second);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_left_over_of_the_same_session_is_removed_once_it_is_old() {
        let folder = std::env::temp_dir().join(format!("evergrant-left-over-{}", std::process::id()));
        let write = |session| {
            let target = "https://auth.example.com/".parse().unwrap();
            StartPage::write(&folder, session, &target).unwrap()
        };
        let [old, young, others] = ["shop", "shop", "books"].map(write);
        let hours_ago = TokioRuntime::new().now().wall() - 2 * LEFT_OVER;
        for page in [&old, &others] {
            for extension in ["html", "lock"] {
                let file = fs::File::options()
                    .write(true)
                    .open(page.path.with_extension(extension))
                    .unwrap();
                file.set_modified(hours_ago).unwrap();
            }
        }
        let next = write("shop");
        assert!(!old.path.exists() && !old.path.with_extension("lock").exists());
        assert!(young.path.exists() && others.path.exists() && next.path.exists());
        drop((old, young, others, next));
        fs::remove_dir_all(&folder).unwrap();
    }
}
