//! From the schemas of the description to Rust's types: models for objects, enums and unions, and free JSON for the rest.

mod all_of;
mod boxes;
mod components;
mod describe;
mod emit;
mod emit_enum;
mod emit_struct;
mod emit_union;
mod enums;
mod facts;
mod families;
mod fixed;
mod groups;
mod guards;
mod keywords;
mod model;
mod models;
mod naming;
mod nest;
mod objects;
mod resolve;
mod scalars;
mod tags;
#[cfg(test)]
mod tests;
mod types;
mod unions;
mod webs;

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};

use self::components::Component;
use self::facts::{Key, Part};
pub(crate) use self::model::Field;
use self::model::{Model, Shape};
pub(crate) use self::models::Models;
use self::resolve::{At, Work};
pub(crate) use self::types::Type;
use crate::limits::{Copied, SCHEMAS, Spending};
use crate::names::{self, Names};
use crate::problem::Problem;
use crate::source::{Document, Node, NodeId};

/// So many references and levels of nesting, one within the other, are followed.
const DEEPEST: usize = 100;

/// All that is known of the description's schemas so far.
pub(crate) struct Schemas<'a> {
    document: &'a Document,
    components: HashMap<NodeId, Component<'a>>,
    /// By what the description calls them.
    by_original: HashMap<&'a str, NodeId>,
    /// Who has a component in its `allOf`.
    children: HashMap<NodeId, Vec<Node<'a>>>,
    names: Names,
    module_names: Names,
    modules: Vec<String>,
    models: Vec<Model>,
    by_name: HashMap<String, usize>,
    /// What schemas have become.
    done: HashMap<Key, Type>,
    /// The schemas that are being looked at, one within the other.
    active: HashMap<Key, usize>,
    /// Which schemas are nothing but another one.
    others: RefCell<HashMap<NodeId, Option<(Node<'a>, bool)>>>,
    /// The description's prose on schemas.
    told: RefCell<HashMap<NodeId, Option<&'a str>>>,
    /// How many arrays and maps are around them.
    containers: usize,
    /// Models that have a name and are to be looked into.
    queue: VecDeque<Work<'a>>,
    warnings: Vec<Problem>,
    /// How much has been put together.
    gathered: Spending,
    /// How much of it is in models and operations.
    pub(crate) copied: Copied,
}

/// What a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Struct,
    StringEnum,
    IntegerEnum,
    Union,
    Alias,
}

impl<'a> Schemas<'a> {
    /// Takes all of `#/components/schemas`, in order, so that names are theirs before those inside of operations come.
    pub(crate) fn new(document: &'a Document) -> Result<Self, Problem> {
        let mut schemas = Self {
            document,
            components: HashMap::new(),
            by_original: HashMap::new(),
            children: HashMap::new(),
            names: Names::default(),
            module_names: Names::default(),
            modules: Vec::new(),
            models: Vec::new(),
            by_name: HashMap::new(),
            done: HashMap::new(),
            active: HashMap::new(),
            others: RefCell::default(),
            told: RefCell::default(),
            containers: 0,
            queue: VecDeque::new(),
            warnings: Vec::new(),
            gathered: Spending::of(&SCHEMAS),
            copied: Copied::nothing(),
        };
        schemas.take_components()?;
        Ok(schemas)
    }

    /// The type for a schema, which may be a reference. `hint` names what has no name, such as `GetBookResponse`.
    pub(crate) fn type_of(&mut self, schema: &Node<'a>, hint: &str) -> Result<Type, Problem> {
        let at = At::outside(names::pascal(hint));
        let ty = self.resolve(&[Part::whole(schema.clone())], &at)?;
        self.work_off()?;
        Ok(ty)
    }

    /// The members of an object's schema, without making a model of it; `None` if it is no object with members.
    pub(crate) fn members(&mut self, schema: &Node<'a>, hint: &str) -> Result<Option<Vec<Field>>, Problem> {
        let facts = self.facts(&[Part::whole(schema.clone())])?;
        if facts.broken || facts.members.is_empty() {
            return Ok(None);
        }
        let object = self.object(&facts, &names::pascal(hint), None)?;
        self.work_off()?;
        Ok(Some(object.fields))
    }

    /// What a type is, if it is a model.
    pub(crate) fn kind(&self, ty: &Type) -> Option<Kind> {
        match &self.model(ty)?.shape {
            Shape::Pending => None,
            Shape::Struct(_) => Some(Kind::Struct),
            Shape::Texts(_) => Some(Kind::StringEnum),
            Shape::Integers(_) => Some(Kind::IntegerEnum),
            Shape::Union(_) => Some(Kind::Union),
            Shape::Alias(_) => Some(Kind::Alias),
        }
    }

    /// The members of an object that has become a model.
    pub(crate) fn fields(&self, ty: &Type) -> Option<&[Field]> {
        match &self.model(ty)?.shape {
            Shape::Struct(object) => Some(&object.fields),
            Shape::Alias(ty) => self.fields(ty),
            _ => None,
        }
    }

    /// All models; and what was degraded to free JSON.
    pub(crate) fn finish(self) -> Result<Models, Problem> {
        Models::of(self)
    }

    fn model(&self, ty: &Type) -> Option<&Model> {
        match ty.present() {
            Type::Named(name) => self.by_name.get(name).map(|&index| &self.models[index]),
            _ => None,
        }
    }

    fn warn(&mut self, node: &Node<'a>, message: impl Into<String>) {
        self.warnings.push(node.problem(message));
    }

    /// A description may be large, and not so that what is made of it is larger than any memory.
    fn spend(&mut self, node: &Node<'a>, count: usize) -> Result<(), Problem> {
        self.gathered.spend_at(count, node)
    }
}
