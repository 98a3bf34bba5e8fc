//! From the schemas of the description to Rust's types: models for objects, enums and unions, and free JSON for the rest.

mod types;

use proc_macro2::TokenStream;

pub(crate) use self::types::Type;
use crate::problem::Problem;
use crate::source::{Document, Node};

/// All that is known of the description's schemas so far.
pub(crate) struct Schemas<'a> {
    document: &'a Document,
}

/// All models, as code.
pub(crate) struct Models {
    /// One for each schema of the components, and for each that stands elsewhere.
    pub(crate) modules: Vec<Module>,
    /// What became free JSON, or less than the description says, and where.
    pub(crate) warnings: Vec<Problem>,
}

/// A schema and those inside of it.
pub(crate) struct Module {
    /// Also the file's.
    pub(crate) name: String,
    /// The public types.
    pub(crate) types: Vec<String>,
    /// Their definitions, which call each other `super::Name`.
    pub(crate) items: TokenStream,
}

/// What a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Struct,
    StringEnum,
    IntegerEnum,
    Union,
}

/// A member of an object.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// Its name on the wire.
    pub(crate) wire: String,
    /// Its name in Rust, an identifier.
    pub(crate) rust: String,
    /// Its type in JSON; without regard to whether it is required.
    pub(crate) ty: Type,
    /// Whether who makes the object has to give it.
    pub(crate) required: bool,
    /// Whether it is bytes where it is no JSON.
    pub(crate) is_binary: bool,
    /// What its documentation says, as Markdown that is not made harmless yet.
    pub(crate) docs: String,
}

impl<'a> Schemas<'a> {
    /// Takes all of `#/components/schemas`, in order, so that names are theirs before those inside of operations come.
    pub(crate) fn new(document: &'a Document) -> Result<Self, Problem> {
        Ok(Self { document })
    }

    /// The type for a schema, which may be a reference. `hint` names what has no name, such as `GetBookResponse`.
    pub(crate) fn type_of(&mut self, schema: &Node<'a>, hint: &str) -> Result<Type, Problem> {
        let _ = (schema, hint, self.document);
        Ok(Type::Json)
    }

    /// The members of an object's schema, without making a model of it; `None` if it is no object with members.
    pub(crate) fn members(&mut self, schema: &Node<'a>, hint: &str) -> Result<Option<Vec<Field>>, Problem> {
        let _ = (schema, hint);
        Ok(None)
    }

    /// The members of a type, if it is an object.
    pub(crate) fn fields(&self, ty: &Type) -> Option<Vec<Field>> {
        let _ = ty;
        None
    }

    /// What a type is, if it is a model.
    pub(crate) fn kind(&self, ty: &Type) -> Option<Kind> {
        let _ = ty;
        None
    }

    /// All models; and what was degraded to free JSON.
    pub(crate) fn finish(self) -> Models {
        Models {
            modules: Vec::new(),
            warnings: Vec::new(),
        }
    }
}
