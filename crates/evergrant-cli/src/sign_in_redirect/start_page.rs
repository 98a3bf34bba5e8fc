//! The page with which the browser starts: a file that redirects to the authorization URL.
//!
//! Anybody who reads that URL can sign the user in as somebody else, because only its `state` and `code_challenge` bind
//! a code to this program. So the URL must not be in the browser's arguments, which every user of the machine can read.
//! The file is readable by its owner only, and the arguments contain only its name.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Result;
use std::path::{Path, PathBuf};
use std::time::Duration;

use evergrant::runtime::{Runtime as _, TokioRuntime};
use evergrant_store::secure_file::LockedFile;
use html_escape::encode_quoted_attribute;
use url::Url;

use super::final_page::document;

/// The page of one sign-in. The file is removed on drop. If the program is killed, a later sign-in with the same
/// settings removes it.
#[derive(Debug)]
pub(crate) struct StartPage {
    path: PathBuf,
}

/// Age from which a page is stale: no browser will read it any more.
const STALE_AGE: Duration = Duration::from_secs(3600);

impl StartPage {
    /// Writes a page that redirects to `target`. Its file name is unique and starts with the session's name.
    pub(crate) fn write(folder: &Path, session: &str, target: &Url) -> Result<Self> {
        let target = encode_quoted_attribute(target.as_str());
        let head = format!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<meta http-equiv=\"refresh\" content=\"0; url={target}\">\n"
        );
        let body =
            format!("<p><a href=\"{target}\">Continue to the sign-in</a> if the browser does not redirect you.</p>");
        let html = document("Signing in", &head, &body);
        // `RandomState` has random keys in each process.
        let random = RandomState::new().hash_one(std::process::id());
        let page = Self {
            path: folder.join(format!("{session}-{random:016x}.html")),
        };
        LockedFile::open(&page.path, Duration::ZERO)?
            .replace()?
            .commit(html.as_bytes())?;
        // Stale pages that cannot be removed do no harm.
        let _ = remove_stale(folder, session);
        Ok(page)
    }

    /// The file's URL, which reveals nothing about its content.
    pub(crate) fn url(&self) -> Option<Url> {
        Url::from_file_path(&self.path).ok()
    }
}

impl Drop for StartPage {
    fn drop(&mut self) {
        // A file that cannot be removed is harmless: its sign-in has ended.
        for extension in ["html", "lock"] {
            let _ = fs::remove_file(self.path.with_extension(extension));
        }
    }
}

/// Removes stale files of killed sign-ins. The folder is accessible by its owner only.
fn remove_stale(folder: &Path, session: &str) -> Result<()> {
    let now = TokioRuntime::new().now().wall();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_old = |written| now.duration_since(written).is_ok_and(|age| age > STALE_AGE);
        if entry.file_name().to_string_lossy().starts_with(session)
            && entry.metadata().and_then(|file| file.modified()).is_ok_and(is_old)
        {
            // Another sign-in may have removed it already.
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_redirect_to_their_target_and_are_independent() {
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
    fn stale_pages_of_the_same_session_are_removed() {
        let folder = std::env::temp_dir().join(format!("evergrant-stale-{}", std::process::id()));
        let write = |session| {
            let target = "https://auth.example.com/".parse().unwrap();
            StartPage::write(&folder, session, &target).unwrap()
        };
        let [old, recent, other] = ["shop", "shop", "books"].map(write);
        let hours_ago = TokioRuntime::new().now().wall() - 2 * STALE_AGE;
        for page in [&old, &other] {
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
        assert!(recent.path.exists() && other.path.exists() && next.path.exists());
        drop((old, recent, other, next));
        fs::remove_dir_all(&folder).unwrap();
    }
}
