//! Records what is installed, to detect changed requirements.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A file in the installation folder with the pinned requirements and the version of the tool.
#[derive(Debug)]
pub struct Stamp {
    path: PathBuf,
    content: String,
}

impl Stamp {
    /// Creates a stamp for an installation into `folder` from these files with this tool.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn new(folder: &Path, tool: &str, pins: &[PathBuf]) -> Result<Self> {
        let mut content = format!("{tool}\n");
        for pin in pins {
            let text = fs::read_to_string(pin).with_context(|| format!("cannot read {}", pin.display()))?;
            content.push_str(&text);
        }
        Ok(Self {
            path: folder.join("installed.stamp"),
            content,
        })
    }

    /// Whether exactly this is installed.
    pub fn matches(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|content| content == self.content)
    }

    /// Writes the stamp. Called last, so that an interrupted installation is repeated.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(&self) -> Result<()> {
        fs::write(&self.path, &self.content).with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// Removes the folder with its contents and creates it empty.
///
/// # Errors
/// The folder cannot be written.
pub fn recreate_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_until_a_pin_or_the_tool_changes() {
        let temporary = supervisor::temporary_folder("stamp").unwrap();
        let folder = temporary.path().join("installed");
        recreate_folder(&folder).unwrap();
        let pins = [folder.join("pins.txt")];
        fs::write(&pins[0], "one==1").unwrap();

        let stamp = Stamp::new(&folder, "tool 1", &pins).unwrap();
        assert!(!stamp.matches());
        stamp.write().unwrap();
        assert!(Stamp::new(&folder, "tool 1", &pins).unwrap().matches());
        assert!(!Stamp::new(&folder, "tool 2", &pins).unwrap().matches());

        fs::write(&pins[0], "one==2").unwrap();
        assert!(!Stamp::new(&folder, "tool 1", &pins).unwrap().matches());
    }
}
