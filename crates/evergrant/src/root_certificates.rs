//! Whether the variables that name root certificates name any that can be read.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// Checks that `SSL_CERT_FILE` and `SSL_CERT_DIR`, if set, name certificates that can be read. HTTP clients that take the operating
/// system's root certificates pass over a file that is missing, and then refuse each server.
///
/// Where the operating system itself verifies certificates (Windows, Apple's), the variables have no meaning and no check is made.
///
/// # Errors
/// One line that names the variable, the path, and the problem.
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
    let check = |name, check: fn(&OsStr) -> Result<(), String>| match std::env::var_os(name) {
        None => Ok(()),
        Some(value) => check(&value).map_err(|problem| format!("{name} {problem}")),
    };
    check("SSL_CERT_FILE", file)?;
    check("SSL_CERT_DIR", folders)
}

fn file(value: &OsStr) -> Result<(), String> {
    if value.is_empty() {
        return Err("is set, and empty".to_owned());
    }
    let path = Path::new(value);
    match fs::read(path) {
        Err(error) => Err(format!("names {}, which cannot be read ({error})", shown(path))),
        Ok(bytes) if !has_certificate(&bytes) => {
            Err(format!("names {}, which has no certificate in PEM form", shown(path)))
        }
        Ok(_) => Ok(()),
    }
}

/// One that can be read is enough, since systems list folders that they may not have.
fn folders(value: &OsStr) -> Result<(), String> {
    let mut problem = None;
    for path in std::env::split_paths(value).filter(|path| !path.as_os_str().is_empty()) {
        match fs::read_dir(&path) {
            Ok(_) => return Ok(()),
            Err(error) => problem = problem.or(Some((path, error))),
        }
    }
    match problem {
        None => Ok(()),
        Some((path, error)) => Err(format!("names {}, which cannot be read ({error})", shown(&path))),
    }
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
    fn a_variable_that_names_no_certificate_is_named_with_the_path() {
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
        assert_eq!(file(OsStr::new("")), Err("is set, and empty".to_owned()));
        let both = std::env::join_paths([&missing, &folder]).unwrap();
        assert_eq!(folders(&both), Ok(()));
        assert!(folders(missing.as_os_str()).unwrap_err().contains("missing.pem"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
