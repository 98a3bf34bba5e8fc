//! Parses the folder in a `file:` URL.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::error::StoreBuildError;

/// Parses `file:/absolute/folder`, `file:///absolute/folder` or `file:relative/folder`. Returns an absolute path,
/// because the working directory may change.
pub(super) fn parse(url: &str) -> Result<PathBuf, StoreBuildError> {
    let invalid = |problem: &str| StoreBuildError::invalid_url(problem);
    let (_, rest) = url.split_once(':').unwrap_or_default();
    if rest.contains(['?', '#']) {
        return Err(invalid(
            "a `file:` URL has no options; in the name of a folder, write ? as %3F and # as %23",
        ));
    }
    if rest.starts_with('~') {
        return Err(invalid("~ is not expanded; write the full path of the folder"));
    }
    let decoded = percent_decode_str(rest);
    if decoded.clone().any(|byte| byte == 0) {
        return Err(invalid("the name of a folder cannot have a null byte"));
    }
    let path = match rest {
        "" => return Err(invalid("it has no folder; write file:/folder")),
        _ if rest.starts_with('/') => Url::parse(url)
            .ok()
            .and_then(|url| url.to_file_path().ok())
            .ok_or_else(|| {
                invalid("it has the name of another machine; write file:/folder, with one slash or three")
            })?,
        _ => relative(decoded.collect())?,
    };
    let path =
        std::path::absolute(path).map_err(|error| invalid(&format!("there is no working directory ({error})")))?;
    // Without a trailing slash, which would follow a symbolic link.
    Ok(path.components().collect())
}

#[cfg(unix)]
fn relative(name: Vec<u8>) -> Result<PathBuf, StoreBuildError> {
    use std::os::unix::ffi::OsStringExt as _;
    Ok(std::ffi::OsString::from_vec(name).into())
}

#[cfg(not(unix))]
fn relative(name: Vec<u8>) -> Result<PathBuf, StoreBuildError> {
    let name = String::from_utf8(name).map_err(|_| StoreBuildError::invalid_url("it is not UTF-8"))?;
    Ok(name.into())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn folders_are_absolute_or_relative_to_the_working_directory() {
        let here = std::env::current_dir().unwrap();
        for (url, folder) in [
            ("file:/var/tokens", PathBuf::from("/var/tokens")),
            ("file:///var/tokens/", PathBuf::from("/var/tokens")),
            ("file://localhost/var/tokens", PathBuf::from("/var/tokens")),
            ("FILE:/my%20tokens%3F", PathBuf::from("/my tokens?")),
            ("file:tokens", here.join("tokens")),
            ("file:./a%20b/tokens/", here.join("a b/tokens")),
        ] {
            assert_eq!(parse(url), Ok(folder), "{url}");
        }
    }

    #[test]
    fn invalid_folders_are_rejected() {
        for (url, expected) in [
            ("file:", "has no folder"),
            ("file://elsewhere/var/tokens", "another machine"),
            ("file:~/tokens", "full path"),
            ("file:/var/tokens?prefix=a", "no options"),
            ("file:/var/tokens#a", "no options"),
            ("file:/var/%00", "null"),
            ("file:%00", "null"),
        ] {
            let error = parse(url).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
