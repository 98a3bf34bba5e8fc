//! Whether something is installed already, exactly as it is asked for now.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// What was asked for, kept beside what was installed: the pinned requirements, and the versions of the tools.
#[derive(Debug)]
pub struct Stamp {
    path: PathBuf,
    content: String,
}

impl Stamp {
    /// A stamp for what is installed into `folder` from these files, with this tool.
    ///
    /// # Errors
    /// A file that cannot be read.
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

    /// Whether just this was installed.
    pub fn holds(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|content| content == self.content)
    }

    /// To be called last, for an installation that broke off must be repeated.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn set(&self) -> Result<()> {
        fs::write(&self.path, &self.content).with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// An empty folder, whatever was there before.
///
/// # Errors
/// A folder that cannot be written to.
pub fn emptied(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_until_a_pin_or_the_tool_changes() {
        let folder = std::env::temp_dir().join(format!("evergrant-stamp-{}", std::process::id()));
        emptied(&folder).unwrap();
        let pins = [folder.join("pins.txt")];
        fs::write(&pins[0], "one==1").unwrap();

        let stamp = Stamp::new(&folder, "tool 1", &pins).unwrap();
        assert!(!stamp.holds());
        stamp.set().unwrap();
        assert!(Stamp::new(&folder, "tool 1", &pins).unwrap().holds());
        assert!(!Stamp::new(&folder, "tool 2", &pins).unwrap().holds());

        fs::write(&pins[0], "one==2").unwrap();
        assert!(!Stamp::new(&folder, "tool 1", &pins).unwrap().holds());
        fs::remove_dir_all(&folder).unwrap();
    }
}
