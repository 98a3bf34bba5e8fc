//! Hostile directories: links, pipes, and invalid lists of generated files.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Contents, Manifest, Runtime};
use crate::api::{Api, Unsupported};
use crate::errors_and_warnings::Error;
use crate::parsed_description::Document;

const DESCRIPTION: &str = "openapi: 3.1.0\ninfo: {title: Example, version: '1'}\npaths: {}";

/// A temporary folder with the package's directory `out` and a sibling directory `victim`.
struct Fixture {
    folder: PathBuf,
}

impl Fixture {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("evergrant-package-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("out")).unwrap();
        fs::create_dir_all(folder.join("victim/deep")).unwrap();
        for file in ["x", "lib.rs", "deep/x"] {
            fs::write(folder.join("victim").join(file), "precious").unwrap();
        }
        Self { folder }
    }

    fn out(&self) -> PathBuf {
        self.folder.join("out")
    }

    fn write_file(&self, path: &str, text: &str) {
        let path = self.out().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn link(&self, target: &str, path: &str) {
        let path = self.out().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    /// Returns all files with their content or link target.
    fn snapshot(&self) -> Vec<(PathBuf, String)> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let metadata = path.symlink_metadata().unwrap();
                let content = if metadata.is_dir() {
                    folders.push(path.clone());
                    "directory".to_owned()
                } else if metadata.is_symlink() {
                    fs::read_link(&path).unwrap().display().to_string()
                } else if metadata.is_file() {
                    fs::read_to_string(&path).unwrap()
                } else {
                    "special".to_owned()
                };
                found.push((path, content));
            }
        }
        found.sort();
        found
    }

    /// Asserts that writing and checking fail with the same error and change nothing.
    #[track_caller]
    fn assert_rejected(&self, contents: &Contents) -> Error {
        let before = self.snapshot();
        let checked = contents.check(&self.out()).unwrap_err();
        let written = contents.write(&self.out()).unwrap_err();
        assert_eq!(checked.to_string(), written.to_string());
        assert!(written.to_string().contains("nothing was written"), "{written}");
        assert_eq!(self.snapshot(), before);
        written
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn contents(files: &[&str]) -> Contents {
    let document = Document::parse("test", DESCRIPTION).unwrap();
    let api = Api::read(&document, None, Unsupported::Reject).unwrap();
    Contents {
        manifest: Manifest::of(&api, &Runtime::Registry),
        readme: "# Example".to_owned(),
        files: files
            .iter()
            .map(|path| ((*path).to_owned(), format!("// {path}\n")))
            .collect(),
    }
}

#[test]
fn links_instead_of_files_and_directories_are_rejected() {
    let places = [
        ("../victim", "src"),
        ("../../victim", "doc/auth"),
        ("../victim", "doc"),
        ("../../victim/lib.rs", "src/lib.rs"),
        ("../../victim/nothing", "src/lib.rs"),
        ("../../victim", "src/models"),
        ("../victim/x", "Cargo.toml"),
        ("../victim/x", "README.md"),
        ("../victim/x", ".evergrant-files"),
        // Also links within the directory and dangling links.
        ("other", "src"),
        ("nowhere", "README.md"),
        ("/dev/zero", "Cargo.toml"),
        ("src", "src"),
    ];
    for (index, (target, path)) in places.into_iter().enumerate() {
        let fixture = Fixture::new(&format!("link-{index}"));
        fs::create_dir_all(fixture.out().join("other")).unwrap();
        fixture.link(target, path);
        let files = ["src/lib.rs", "src/models/mod.rs", "doc/auth/key.md"];
        if path != ".evergrant-files" {
            fixture.write_file(".evergrant-files", &files.join("\n"));
        }
        let error = fixture.assert_rejected(&contents(&files));
        assert!(
            matches!(
                error,
                Error::UnexpectedFileType {
                    found: "a symbolic link",
                    ..
                }
            ),
            "{path}: {error}"
        );
        assert!(
            error.to_string().contains(&format!("out/{path} is a symbolic link")),
            "{error}"
        );
    }
}

#[test]
fn listed_files_are_not_removed_through_links() {
    for (index, (target, path, listed)) in [
        ("../victim", "src", "src/x"),
        ("../victim", "src", "src/deep/x"),
        ("../../victim/deep", "src/deep", "src/deep/x"),
        ("../../victim/x", "src/x", "src/x"),
        ("../../victim", "doc/auth", "doc/auth/x"),
    ]
    .into_iter()
    .enumerate()
    {
        let fixture = Fixture::new(&format!("stale-{index}"));
        fixture.write_file(".evergrant-files", &format!("{listed}\n"));
        fixture.link(target, path);
        assert!(matches!(
            fixture.assert_rejected(&contents(&[])),
            Error::UnexpectedFileType { .. }
        ));
    }
}

#[test]
fn an_invalid_list_is_rejected_before_any_change() {
    for (index, line) in [
        "../victim/x",
        "Cargo.toml",
        ".git/config",
        "/etc/passwd",
        "src/../../victim/x",
    ]
    .into_iter()
    .enumerate()
    {
        let fixture = Fixture::new(&format!("list-{index}"));
        fixture.write_file("src/old.rs", "// old\n");
        fixture.write_file(".git/config", "mine");
        fixture.write_file(".evergrant-files", &format!("src/old.rs\n{line}\n"));
        let error = fixture.assert_rejected(&contents(&["src/lib.rs"]));
        assert!(matches!(error, Error::InvalidFileList { line: 2, .. }), "{error}");
        assert!(
            error.to_string().contains(line) && error.to_string().contains("Remove the line"),
            "{error}"
        );
    }
}

#[test]
fn pipes_and_directories_instead_of_files_are_rejected_without_blocking() {
    for (index, path) in ["Cargo.toml", "README.md", ".evergrant-files", "src/lib.rs", "src"]
        .into_iter()
        .enumerate()
    {
        let fixture = Fixture::new(&format!("pipe-{index}"));
        let pipe = fixture.out().join(path);
        fs::create_dir_all(pipe.parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let error = fixture.assert_rejected(&contents(&["src/lib.rs"]));
        assert!(error.to_string().contains("a pipe, a socket or a device"), "{error}");

        if path != "src" {
            let fixture = Fixture::new(&format!("directory-{index}"));
            fixture.write_file(&format!("{path}/mine"), "mine");
            let error = fixture.assert_rejected(&contents(&["src/lib.rs"]));
            assert!(
                error
                    .to_string()
                    .contains(&format!("{path} is a directory where a file")),
                "{error}"
            );
        }
    }
    let fixture = Fixture::new("file");
    fixture.write_file("src", "mine");
    let error = fixture.assert_rejected(&contents(&["src/lib.rs"]));
    assert!(
        error
            .to_string()
            .contains("src is a file where a directory is expected"),
        "{error}"
    );
}

#[test]
fn temporary_files_do_not_follow_links_and_are_removed() {
    let fixture = Fixture::new("temporary");
    // Predictable names of temporary files.
    fixture.link("../victim/x", "Cargo.toml.new");
    fixture.link("../../victim/lib.rs", "src/lib.rs.new");
    contents(&["src/lib.rs"]).write(&fixture.out()).unwrap();
    for file in ["victim/x", "victim/lib.rs"] {
        assert_eq!(fs::read_to_string(fixture.folder.join(file)).unwrap(), "precious");
    }
    let mut names: Vec<_> = fs::read_dir(fixture.out())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [".evergrant-files", "Cargo.toml", "Cargo.toml.new", "README.md", "src"]
    );
}

#[test]
fn a_failed_replacement_leaves_no_temporary_file() {
    let fixture = Fixture::new("failed");
    let mut root = super::directory::PackageDirectory::open(&fixture.out()).unwrap();
    fixture.write_file("src/lib.rs/mine", "mine");
    assert!(matches!(
        root.write(Path::new("src/lib.rs"), b"x"),
        Err(Error::Write { .. })
    ));
    assert_eq!(fs::read_dir(fixture.out().join("src")).unwrap().count(), 1);
}

#[test]
fn hard_links_keep_their_content() {
    let fixture = Fixture::new("hard");
    fixture.write_file(".evergrant-files", "src/lib.rs\n");
    fs::create_dir_all(fixture.out().join("src")).unwrap();
    let (victim, generated) = (fixture.folder.join("victim/x"), fixture.out().join("src/lib.rs"));
    fs::hard_link(&victim, &generated).unwrap();
    contents(&["src/lib.rs"]).write(&fixture.out()).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_ne!(victim.metadata().unwrap().ino(), generated.metadata().unwrap().ino());
}

#[test]
fn the_directory_may_be_a_link_and_is_created_if_missing() {
    let fixture = Fixture::new("itself");
    symlink("out", fixture.folder.join("link")).unwrap();
    let contents = contents(&["src/lib.rs"]);
    contents.write(&fixture.folder.join("link")).unwrap();
    assert!(fixture.out().join("src/lib.rs").exists());
    let new = fixture.folder.join("new/deep");
    assert_eq!(contents.check(&new).unwrap().len(), 4);
    assert!(!new.exists());
    contents.write(&new).unwrap();
    assert_eq!(contents.check(&new).unwrap(), []);
}

#[test]
fn merged_files_have_a_maximum_size() {
    for name in ["Cargo.toml", "README.md"] {
        let fixture = Fixture::new(&format!("large-{name}"));
        fixture.write_file(name, "");
        let file = fs::File::options().write(true).open(fixture.out().join(name)).unwrap();
        file.set_len(1 << 40).unwrap();
        let error = contents(&[]).write(&fixture.out()).unwrap_err();
        assert!(error.to_string().contains("larger than 16 MiB"), "{error}");
    }
}
