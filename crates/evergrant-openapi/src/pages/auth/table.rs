//! The table of what a scheme's credentials consist of.

/// One setting: its name, its type, what it is for, and what sets it.
pub(super) struct Row {
    name: String,
    ty: String,
    about: String,
    setter: String,
}

impl Row {
    /// `name`, `type`, `description`, `setter`; all but the name are our own words.
    pub(super) fn new(name: impl Into<String>, ty: &str, about: &str, setter: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ty: ty.to_owned(),
            about: about.to_owned(),
            setter: setter.into(),
        }
    }
}

pub(super) fn table(rows: &[Row]) -> String {
    let mut table = "| Name | Type | Description | Setter |\n|---|---|---|---|\n".to_owned();
    for row in rows {
        table += &format!("| {} | `{}` | {} | {} |\n", row.name, row.ty, row.about, row.setter);
    }
    table
}
