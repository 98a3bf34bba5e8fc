//! What a directory holds that means no good: links, pipes, and lists of what nobody generated.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Contents, Manifest, Runtime};
use crate::api::{Api, Unsupported};
use crate::problem::Error;
use crate::source::Document;

const DESCRIPTION: &str = "openapi: 3.1.0\ninfo: {title: Example, version: '1'}\npaths: {}";

/// A folder of its own, with the package's directory `out` and a `victim` beside it.
struct World {
    folder: PathBuf,
}

impl World {
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

    fn file(&self, path: &str, text: &str) {
        let path = self.out().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn link(&self, target: &str, path: &str) {
        let path = self.out().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    /// Everything there is, with what it says or where it leads.
    fn everything(&self) -> Vec<(PathBuf, String)> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let metadata = path.symlink_metadata().unwrap();
                let says = if metadata.is_dir() {
                    folders.push(path.clone());
                    "directory".to_owned()
                } else if metadata.is_symlink() {
                    fs::read_link(&path).unwrap().display().to_string()
                } else if metadata.is_file() {
                    fs::read_to_string(&path).unwrap()
                } else {
                    "special".to_owned()
                };
                found.push((path, says));
            }
        }
        found.sort();
        found
    }

    /// Neither writing nor checking does anything but say why.
    #[track_caller]
    fn refuses(&self, contents: &Contents) -> Error {
        let before = self.everything();
        let checked = contents.check(&self.out()).unwrap_err();
        let written = contents.write(&self.out()).unwrap_err();
        assert_eq!(checked.to_string(), written.to_string());
        assert!(written.to_string().contains("nothing was written"), "{written}");
        assert_eq!(self.everything(), before);
        written
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn contents(files: &[&str]) -> Contents {
    let document = Document::parse("test", DESCRIPTION).unwrap();
    let api = Api::read(&document, None, Unsupported::Refuse).unwrap();
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
fn a_link_in_place_of_any_directory_or_file_is_refused() {
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
        // Even one that stays within the directory, or leads nowhere.
        ("other", "src"),
        ("nowhere", "README.md"),
        ("/dev/zero", "Cargo.toml"),
        ("src", "src"),
    ];
    for (index, (target, path)) in places.into_iter().enumerate() {
        let world = World::new(&format!("link-{index}"));
        fs::create_dir_all(world.out().join("other")).unwrap();
        world.link(target, path);
        let files = ["src/lib.rs", "src/models/mod.rs", "doc/auth/key.md"];
        if path != ".evergrant-files" {
            world.file(".evergrant-files", &files.join("\n"));
        }
        let error = world.refuses(&contents(&files));
        assert!(
            matches!(
                error,
                Error::NotPlain {
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
fn what_the_list_names_is_not_removed_through_a_link() {
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
        let world = World::new(&format!("stale-{index}"));
        world.file(".evergrant-files", &format!("{listed}\n"));
        world.link(target, path);
        assert!(matches!(world.refuses(&contents(&[])), Error::NotPlain { .. }));
    }
}

#[test]
fn a_list_that_names_anything_else_is_refused_before_the_first_file_is_touched() {
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
        let world = World::new(&format!("list-{index}"));
        world.file("src/old.rs", "// old\n");
        world.file(".git/config", "mine");
        world.file(".evergrant-files", &format!("src/old.rs\n{line}\n"));
        let error = world.refuses(&contents(&["src/lib.rs"]));
        assert!(matches!(error, Error::FileList { line: 2, .. }), "{error}");
        assert!(
            error.to_string().contains(line) && error.to_string().contains("Remove the line"),
            "{error}"
        );
    }
}

#[test]
fn pipes_and_directories_in_place_of_files_are_refused_without_waiting() {
    for (index, path) in ["Cargo.toml", "README.md", ".evergrant-files", "src/lib.rs", "src"]
        .into_iter()
        .enumerate()
    {
        let world = World::new(&format!("pipe-{index}"));
        let pipe = world.out().join(path);
        fs::create_dir_all(pipe.parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let error = world.refuses(&contents(&["src/lib.rs"]));
        assert!(error.to_string().contains("a pipe, a socket or a device"), "{error}");

        if path != "src" {
            let world = World::new(&format!("directory-{index}"));
            world.file(&format!("{path}/mine"), "mine");
            let error = world.refuses(&contents(&["src/lib.rs"]));
            assert!(
                error
                    .to_string()
                    .contains(&format!("{path} is a directory where a file")),
                "{error}"
            );
        }
    }
    let world = World::new("file");
    world.file("src", "mine");
    let error = world.refuses(&contents(&["src/lib.rs"]));
    assert!(
        error.to_string().contains("src is a file where a directory belongs"),
        "{error}"
    );
}

#[test]
fn temporary_files_are_new_and_do_not_stay() {
    let world = World::new("temporary");
    // The names that they had once.
    world.link("../victim/x", "Cargo.toml.new");
    world.link("../../victim/lib.rs", "src/lib.rs.new");
    contents(&["src/lib.rs"]).write(&world.out()).unwrap();
    for file in ["victim/x", "victim/lib.rs"] {
        assert_eq!(fs::read_to_string(world.folder.join(file)).unwrap(), "precious");
    }
    let mut names: Vec<_> = fs::read_dir(world.out())
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
fn a_file_that_cannot_be_put_in_place_leaves_no_temporary_one() {
    let world = World::new("failed");
    let mut root = super::root::Root::open(&world.out()).unwrap();
    world.file("src/lib.rs/mine", "mine");
    assert!(matches!(
        root.write(Path::new("src/lib.rs"), b"x"),
        Err(Error::Write { .. })
    ));
    assert_eq!(fs::read_dir(world.out().join("src")).unwrap().count(), 1);
}

#[test]
fn a_hard_link_keeps_what_it_says() {
    let world = World::new("hard");
    world.file(".evergrant-files", "src/lib.rs\n");
    fs::create_dir_all(world.out().join("src")).unwrap();
    let (victim, ours) = (world.folder.join("victim/x"), world.out().join("src/lib.rs"));
    fs::hard_link(&victim, &ours).unwrap();
    contents(&["src/lib.rs"]).write(&world.out()).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_ne!(victim.metadata().unwrap().ino(), ours.metadata().unwrap().ino());
}

#[test]
fn the_directory_itself_may_be_a_link_and_is_created_if_it_is_not_there() {
    let world = World::new("itself");
    symlink("out", world.folder.join("link")).unwrap();
    let contents = contents(&["src/lib.rs"]);
    contents.write(&world.folder.join("link")).unwrap();
    assert!(world.out().join("src/lib.rs").exists());
    let new = world.folder.join("new/deep");
    assert_eq!(contents.check(&new).unwrap().len(), 4);
    assert!(!new.exists());
    contents.write(&new).unwrap();
    assert_eq!(contents.check(&new).unwrap(), []);
}

#[test]
fn kept_files_are_of_a_size_that_somebody_could_have_written() {
    for name in ["Cargo.toml", "README.md"] {
        let world = World::new(&format!("large-{name}"));
        world.file(name, "");
        let file = fs::File::options().write(true).open(world.out().join(name)).unwrap();
        file.set_len(1 << 40).unwrap();
        let error = contents(&[]).write(&world.out()).unwrap_err();
        assert!(error.to_string().contains("larger than 16 MiB"), "{error}");
    }
}
