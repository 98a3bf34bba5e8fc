//! References to other files: files in the directory of the description, or below it, become part of the description.
//! No link is followed, and nothing outside of the directory is read.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::reference_positions::{Position, is_literal};
use super::value_size::Size;
use super::{FILES_MEMBER, parse_json_and_yaml};
use crate::errors_and_warnings::{Error, Pointer, Problem};
use crate::limits::{Budget, DEPTH, NODES, REFERENCED_FILES, SOURCE};

/// Maximum depth of values that are inserted in place of a reference.
const MAX_NESTED: usize = 16;

/// The directory of a description.
pub(super) struct Files {
    directory: PathBuf,
    /// The file name of the description.
    main: String,
}

struct Reader {
    directory: io::Result<Dir>,
    main: String,
    /// The parsed files by their path; `Err` with the reason why a file is not read.
    files: BTreeMap<String, Result<Rc<Value>, String>>,
    /// Files whose references are not rewritten yet.
    pending: Vec<String>,
    /// Why references are not followed.
    unread: HashMap<String, String>,
    count: Budget,
    bytes: Budget,
    nodes: Budget,
    warnings: Vec<Problem>,
}

impl Files {
    /// The files that a description at this path may refer to.
    pub(super) fn of(path: &Path) -> Self {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        Self {
            directory: parent.unwrap_or(Path::new(".")).to_owned(),
            main: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }

    /// Inserts the referenced files into the description, and rewrites the references. Returns why other references are
    /// not followed.
    pub(super) fn insert_into(
        self,
        root: &mut Value,
        warnings: &mut Vec<Problem>,
    ) -> Result<HashMap<String, String>, Error> {
        if !has_outer_reference(root) {
            return Ok(HashMap::new());
        }
        let name = self.directory.join(&self.main).display().to_string();
        let mut reader = Reader {
            directory: Dir::open_ambient_dir(&self.directory, ambient_authority()),
            main: self.main,
            files: BTreeMap::new(),
            pending: Vec::new(),
            unread: HashMap::new(),
            count: Budget::of(&REFERENCED_FILES),
            bytes: Budget::of(&SOURCE),
            nodes: Budget::of(&NODES),
            warnings: Vec::new(),
        };
        let inserted = reader.insert(root);
        inserted.map_err(|problem| Error::Parse { name, problem })?;
        warnings.append(&mut reader.warnings);
        Ok(reader.unread)
    }
}

impl Reader {
    fn insert(&mut self, root: &mut Value) -> Result<(), String> {
        self.nodes.spend(Size::of(root).nodes)?;
        let main = self.main.clone();
        self.rewrite(root, &main, &Position::default(), 0)?;
        let mut inserted = Map::new();
        while let Some(path) = self.pending.pop() {
            let Some(Ok(original)) = self.files.get(&path) else {
                continue;
            };
            let mut value = (**original).clone();
            self.nodes.spend(Size::of(&value).nodes)?;
            self.rewrite(&mut value, &path, &Position::default(), 0)?;
            inserted.insert(path, value);
        }
        inserted.sort_keys();
        if let (Value::Object(members), false) = (&mut *root, inserted.is_empty()) {
            members.insert(FILES_MEMBER.to_owned(), Value::Object(inserted));
        }
        DEPTH.check(Size::of(root).depth)
    }

    /// Rewrites all references in a value of this file.
    fn rewrite(&mut self, value: &mut Value, file: &str, position: &Position, nested: usize) -> Result<(), String> {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str).map(str::to_owned) {
            if position.allows_references() {
                if let (Some(rewritten), Some(members)) = (self.rewritten(&reference, file)?, value.as_object_mut()) {
                    members.insert("$ref".to_owned(), rewritten.into());
                }
            } else if let Some((path, target)) = self.target(&reference, file)? {
                if nested >= MAX_NESTED {
                    return Err(format!("the reference `{}` is part of a cycle", shown(&reference)));
                }
                self.nodes.spend(Size::of(&target).nodes)?;
                *value = target;
                return self.rewrite(value, &path, position, nested + 1);
            }
        }
        match value {
            Value::Array(items) => {
                let position = position.items();
                items
                    .iter_mut()
                    .try_for_each(|item| self.rewrite(item, file, &position, nested))
            }
            Value::Object(members) => {
                for (key, member) in members {
                    if position.is_mapping(key) {
                        self.rewrite_mapping(member, file)?;
                    } else if !is_literal(key) || position.contains_names() {
                        self.rewrite(member, file, &position.member(key), nested)?;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Rewrites the values of a discriminator's mapping, which are references or names.
    fn rewrite_mapping(&mut self, mapping: &mut Value, file: &str) -> Result<(), String> {
        for target in mapping.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let Some(text) = target.as_str().filter(|text| text.contains(['/', '.', '#'])) else {
                continue;
            };
            if let Some(rewritten) = self.rewritten(text, file)? {
                *target = rewritten.into();
            }
        }
        Ok(())
    }

    /// Returns the local reference for a reference in this file; `None` if it stays as it is.
    fn rewritten(&mut self, reference: &str, file: &str) -> Result<Option<String>, String> {
        let Some((path, fragment)) = self.located(reference, file)? else {
            return Ok(None);
        };
        if path == self.main {
            return Ok(Some(format!("#{fragment}")));
        }
        if reference.starts_with('#') && !self.exists(&path, fragment) {
            // Some files refer to the description that contains them.
            return Ok(None);
        }
        let key = path.replace('~', "~0").replace('/', "~1").replace('%', "%25");
        Ok(Some(format!("#/{FILES_MEMBER}/{key}{fragment}")))
    }

    /// Returns a copy of the value that a reference points to, and its file. References within the description itself
    /// are followed when they are used.
    fn target(&mut self, reference: &str, file: &str) -> Result<Option<(String, Value)>, String> {
        let Some((path, fragment)) = self.located(reference, file)? else {
            return Ok(None);
        };
        let Some(Ok(value)) = self.files.get(&path) else {
            return Ok(None);
        };
        let found = value
            .pointer(&percent_decode_str(fragment).decode_utf8_lossy())
            .cloned();
        if found.is_none() && !reference.starts_with('#') {
            self.unread
                .insert(reference.to_owned(), "does not contain this value".to_owned());
        }
        Ok(found.map(|found| (path, found)))
    }

    fn exists(&self, path: &str, fragment: &str) -> bool {
        let pointer = percent_decode_str(fragment).decode_utf8_lossy();
        matches!(self.files.get(path), Some(Ok(value)) if value.pointer(&pointer).is_some())
    }

    /// Returns the path of the file that a reference points to, which is then read, and the fragment.
    fn located<'r>(&mut self, reference: &'r str, file: &str) -> Result<Option<(String, &'r str)>, String> {
        let (target, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        if target.is_empty() {
            return Ok((file != self.main).then(|| (file.to_owned(), fragment)));
        }
        let path = match path_below(file, target) {
            Ok(path) => path,
            Err(why) => {
                self.unread.insert(reference.to_owned(), why.to_owned());
                return Ok(None);
            }
        };
        if path == self.main {
            return Ok(Some((path, fragment)));
        }
        if !self.files.contains_key(&path) {
            self.count.spend(1)?;
            let read = self.read(&path)?;
            if read.is_ok() {
                self.pending.push(path.clone());
            }
            self.files.insert(path.clone(), read.map(Rc::new));
        }
        match &self.files[&path] {
            Ok(_) => Ok(Some((path, fragment))),
            Err(why) => {
                self.unread.insert(reference.to_owned(), why.clone());
                Ok(None)
            }
        }
    }

    /// Reads a file. The outer error is an exceeded budget.
    fn read(&mut self, path: &str) -> Result<Result<Value, String>, String> {
        let directory = match &self.directory {
            Ok(directory) => directory,
            Err(error) => return Ok(Err(format!("is not read: {error}"))),
        };
        let bytes = match read_file(directory, Path::new(path)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Err("does not exist".to_owned())),
            Err(error) => return Ok(Err(format!("cannot be read without following links: {error}"))),
        };
        self.bytes.spend(bytes.len())?;
        let Ok(text) = String::from_utf8(bytes) else {
            return Ok(Err("is not valid UTF-8".to_owned()));
        };
        let is_text = [".md", ".markdown", ".txt", ".html"]
            .iter()
            .any(|ending| path.ends_with(ending));
        if is_text {
            return Ok(Ok(Value::String(text)));
        }
        Ok(match parse_json_and_yaml::value(path, &text) {
            Ok(parsed) => {
                let warning = parsed.warning.map(|warning| format!("{path}: {warning}"));
                self.warnings
                    .extend(warning.map(|warning| Problem::new(&Pointer::root(), warning)));
                Ok(parsed.value)
            }
            Err(Error::Parse { problem, .. }) => Err(format!("cannot be parsed: {problem}")),
            Err(error) => Err(error.to_string()),
        })
    }
}

/// Returns the path of a reference from a file, relative to the directory of the description.
fn path_below(file: &str, target: &str) -> Result<String, &'static str> {
    let decoded = percent_decode_str(target).decode_utf8_lossy();
    let is_url = decoded.split('/').next().is_some_and(|first| first.contains(':')) || decoded.starts_with("//");
    if is_url {
        return Err("is a URL, which is not read");
    }
    if decoded.starts_with('/') || decoded.contains(['\\', '\0', '?']) {
        return Err("is not a relative path, and is not read");
    }
    let mut segments: Vec<&str> = file.split('/').collect();
    segments.pop();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments
                    .pop()
                    .ok_or("is above the directory of the description, and is not read")?;
            }
            segment => segments.push(segment),
        }
    }
    match segments.is_empty() {
        true => Err("is a directory, and is not read"),
        false => Ok(segments.join("/")),
    }
}

/// Reads a regular file without following a link, up to one byte more than the budget.
fn read_file(directory: &Dir, path: &Path) -> io::Result<Vec<u8>> {
    let mut parent = directory.try_clone()?;
    let mut components = path.iter().peekable();
    while let Some(name) = components.next() {
        if components.peek().is_some() {
            parent = parent.open_dir_nofollow(name)?;
            continue;
        }
        // A pipe or device would block.
        if !parent.symlink_metadata(name)?.is_file() {
            return Err(io::Error::other("it is a link, or not a regular file"));
        }
        let mut options = OpenOptions::new();
        let file = parent.open_with(name, options.read(true).follow(FollowSymlinks::No))?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        let mut bytes = Vec::new();
        file.take(SOURCE.max as u64 + 1).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    Err(io::ErrorKind::NotFound.into())
}

/// Whether a value contains a reference to another file or URL. Recursion is bounded by the depth that the reader
/// allows.
fn has_outer_reference(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_outer_reference),
        Value::Object(members) => {
            let is_outer = |reference: &str| !reference.starts_with('#');
            members.get("$ref").and_then(Value::as_str).is_some_and(is_outer)
                || members.values().any(has_outer_reference)
        }
        _ => false,
    }
}

fn shown(reference: &str) -> String {
    reference.escape_debug().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::path_below;

    #[test]
    fn only_paths_below_the_directory_are_read() {
        for (file, target, expected) in [
            ("api.yaml", "models/book.yaml", "models/book.yaml"),
            ("models/book.yaml", "../common.yaml", "common.yaml"),
            ("models/book.yaml", "./a%20b.yaml", "models/a b.yaml"),
            ("api.yaml", "a/../b.yaml", "b.yaml"),
        ] {
            assert_eq!(path_below(file, target).unwrap(), expected, "{target}");
        }
        for target in [
            "../x.yaml",
            "a/../../x.yaml",
            "%2e%2e/x.yaml",
            "/etc/passwd",
            "%2fetc/passwd",
            "https://a.example/x.yaml",
            "file:///etc/passwd",
            "//a.example/x",
            "C:\\x",
            "c:/x",
            ".",
        ] {
            assert!(path_below("api.yaml", target).is_err(), "{target}");
        }
    }
}
