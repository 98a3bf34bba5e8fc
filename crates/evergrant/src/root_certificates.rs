//! Checks the environment variables that configure root certificates.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// Checks that `SSL_CERT_FILE` and `SSL_CERT_DIR`, if they are set, point to readable certificates. HTTP clients that
/// use the operating system's root certificates silently ignore a missing file, and then reject the certificate of
/// every server.
///
/// On platforms whose operating system verifies certificates (Windows, Apple, Android), the variables have no effect
/// and nothing is checked.
///
/// # Errors
/// A message of one line with the environment variable, the path, and the problem.
///
/// ```
/// if let Err(problem) = evergrant::transport::check_root_certificates() {
///     eprintln!("{problem}");
/// }
/// ```
pub fn check_root_certificates() -> Result<(), String> {
    let has_meaning = cfg!(all(unix, not(target_vendor = "apple"), not(target_os = "android")));
    if !has_meaning {
        return Ok(());
    }
    let (name, other) = ("SSL_CERT_FILE", "SSL_CERT_DIR");
    let has_file = match std::env::var_os(name) {
        None => false,
        Some(value) => file(&value)
            .map(|()| true)
            .map_err(|problem| format!("{name} {problem}"))?,
    };
    match std::env::var_os(other) {
        None => Ok(()),
        Some(value) => folders(&value, has_file).map_err(|problem| format!("{other} {problem}")),
    }
}

fn file(value: &OsStr) -> Result<(), String> {
    if value.is_empty() {
        return Err("is set but empty".to_owned());
    }
    let path = Path::new(value);
    match fs::read(path) {
        Err(error) => Err(format!("points to {}, which cannot be read ({error})", shown(path))),
        Ok(bytes) if !has_certificate(&bytes) => Err(format!(
            "points to {}, which contains no certificate in PEM format",
            shown(path)
        )),
        Ok(_) => Ok(()),
    }
}

/// Checks that one of the folders is readable, because the list may contain folders that do not exist. It must contain
/// a certificate unless `may_be_empty`.
fn folders(value: &OsStr, may_be_empty: bool) -> Result<(), String> {
    let mut problem = "is set but empty".to_owned();
    for path in std::env::split_paths(value).filter(|path| !path.as_os_str().is_empty()) {
        let shown = shown(&path);
        match fs::read_dir(&path) {
            Err(error) => problem = format!("points to {shown}, which cannot be read ({error})"),
            Ok(_) if may_be_empty => return Ok(()),
            Ok(mut files) => {
                if files.any(|file| file.is_ok_and(|file| holds_certificate(&file.path()))) {
                    return Ok(());
                }
                problem = format!("points to {shown}, which contains no certificate in PEM format");
            }
        }
    }
    Err(problem)
}

fn holds_certificate(path: &Path) -> bool {
    path.is_file() && fs::read(path).is_ok_and(|bytes| has_certificate(&bytes))
}

fn has_certificate(pem: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
    pem.split(|byte| *byte == b'\n').any(|line| line.trim_ascii() == BEGIN)
}

fn shown(path: &Path) -> String {
    path.display().to_string().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_contain_the_path_and_the_problem() {
        let folder = std::env::temp_dir().join(format!("evergrant-roots-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let pem = write(
            "ca.pem",
            "# ours\r\n-----BEGIN CERTIFICATE-----\r\nMA==\r\n-----END CERTIFICATE-----\r\n",
        );
        let key = write(
            "key.pem",
            "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n",
        );
        let missing = folder.join("missing.pem");
        assert_eq!(file(pem.as_os_str()), Ok(()));
        for (path, problem) in [
            (&missing, "cannot be read"),
            (&key, "no certificate"),
            (&folder, "cannot be read"),
        ] {
            let error = file(path.as_os_str()).unwrap_err();
            assert!(
                error.contains(problem) && error.contains(path.to_str().unwrap()),
                "{error}"
            );
        }
        assert_eq!(file(OsStr::new("")), Err("is set but empty".to_owned()));
        let both = std::env::join_paths([&missing, &folder]).unwrap();
        assert_eq!(folders(&both, false), Ok(()));
        for may_be_empty in [false, true] {
            let error = folders(missing.as_os_str(), may_be_empty).unwrap_err();
            assert!(error.contains("missing.pem"), "{error}");
        }
        fs::remove_file(pem).unwrap();
        assert_eq!(folders(folder.as_os_str(), true), Ok(()));
        let error = folders(folder.as_os_str(), false).unwrap_err();
        assert!(error.contains(folder.to_str().unwrap()), "{error}");
        fs::remove_dir_all(&folder).unwrap();
    }
}
