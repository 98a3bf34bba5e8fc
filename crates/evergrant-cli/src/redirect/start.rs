//! Where the browser begins: a file that leads on to the authorization URL.
//!
//! Who reads that URL can have a user signed in as somebody else: its `state` and `code_challenge` are all that ties a code to
//! this program. So it does not belong into a browser's arguments, which every user of the machine can read. The file is its
//! owner's alone, and the arguments hold only its name.

use std::io::Result;
use std::path::PathBuf;
use std::time::Duration;

use evergrant_store::private_file::LockedFile;
use url::Url;

use super::page::{document, escaped};

/// A page of one sign-in. The file is removed when this is dropped; what is left of a program that was killed is replaced by
/// the next one.
#[derive(Debug)]
pub(crate) struct StartPage {
    path: PathBuf,
    html: String,
}

/// How long another sign-in with the same settings may keep us from the file, which it writes and removes in no time.
const LOCK_LIMIT: Duration = Duration::from_secs(1);

impl StartPage {
    /// Writes the page that leads to `target`.
    pub(crate) fn write(path: PathBuf, target: &Url) -> Result<Self> {
        let target = escaped(target.as_str());
        let head = format!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<meta http-equiv=\"refresh\" content=\"0; url={target}\">\n"
        );
        let body =
            format!("<p><a href=\"{target}\">Go on to the sign-in</a>, should the browser not do so by itself.</p>");
        let html = document("Signing in", &head, &body);
        LockedFile::open(&path, LOCK_LIMIT)?
            .replace()?
            .commit(html.as_bytes())?;
        Ok(Self { path, html })
    }

    /// The file's URL, which says nothing of what is in it.
    pub(crate) fn url(&self) -> Option<Url> {
        Url::from_file_path(&self.path).ok()
    }

    fn remove(&self) -> Result<()> {
        let locked = LockedFile::open(&self.path, LOCK_LIMIT)?;
        // Another sign-in with the same settings may have begun since, and the page is that one's then.
        let is_ours = locked.read()?.is_some_and(|html| html.expose() == self.html);
        if is_ours {
            locked.remove()?;
        }
        Ok(())
    }
}

impl Drop for StartPage {
    fn drop(&mut self) {
        // What stays leads to a sign-in that nobody waits for any more.
        let _ = self.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_leads_on_and_the_later_of_two_stays() {
        let folder = std::env::temp_dir().join(format!("evergrant-start-{}", std::process::id()));
        let path = folder.join("page.html");
        let write = |query: &str| {
            let target = format!("https://auth.example.com/?{query}").parse().unwrap();
            StartPage::write(path.clone(), &target).unwrap()
        };
        let first = write("a='\"<b>&state=1");
        let html = std::fs::read_to_string(&path).unwrap();
        let target = "https://auth.example.com/?a=%27%22%3Cb%3E&amp;state=1";
        assert!(html.contains(&format!("<meta http-equiv=\"refresh\" content=\"0; url={target}\">")));
        assert!(
            html.contains(&format!("<a href=\"{target}\">")) && !html.contains("<script"),
            "{html}"
        );

        let second = write("state=2");
        drop(first);
        assert!(std::fs::read_to_string(&path).unwrap().contains("state=2"));
        drop(second);
        assert!(!path.exists());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
