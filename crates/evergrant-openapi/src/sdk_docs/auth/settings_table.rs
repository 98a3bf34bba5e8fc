//! Writes the table of a scheme's settings.

/// One setting: its name, type, description, and the method that sets it.
pub(super) struct Row {
    name: String,
    ty: String,
    description: String,
    setter: String,
}

impl Row {
    /// Only the name may come from the API description, escaped for a table cell.
    pub(super) fn new(
        name: impl Into<String>,
        ty: impl Into<String>,
        description: impl Into<String>,
        setter: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            ty: ty.into(),
            description: description.into(),
            setter: setter.into(),
        }
    }
}

/// Writes the table. A setting without an argument has an empty type.
pub(super) fn table(rows: &[Row]) -> String {
    let mut table = "| Name | Type | Description | Setter |\n|---|---|---|---|\n".to_owned();
    for row in rows {
        let ty = match row.ty.is_empty() {
            true => String::new(),
            false => format!(" `{}`", row.ty),
        };
        table += &format!("| {} |{ty} | {} | {} |\n", row.name, row.description, row.setter);
    }
    table
}
