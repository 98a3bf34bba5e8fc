//! Converts the schemas of a description to Rust types: models for objects, enums and unions, and arbitrary JSON for
//! the rest.

mod all_models;
mod all_of;
mod boxed_members;
mod broken_models;
mod components;
mod constant_members;
mod constants;
mod discriminator;
mod emit_enum;
mod emit_models;
mod emit_struct;
mod emit_type_erased_box;
mod emit_union;
mod enums;
mod inheritance;
mod merged_schema;
mod model;
mod model_documentation;
mod model_names;
mod objects;
mod resolve_schema;
mod rust_types;
mod scalar_unions;
mod strongly_connected_components;
#[cfg(test)]
mod tests;
mod type_depth;
mod type_keywords;
mod unions;
mod variant_conditions;

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};

pub(crate) use self::all_models::Models;
use self::components::Component;
use self::merged_schema::{Key, Part};
pub(crate) use self::model::Field;
use self::model::{Model, Shape};
use self::resolve_schema::{ModelHint, PendingModel};
pub(crate) use self::rust_types::Type;
use crate::errors_and_warnings::Problem;
use crate::limits::{Budget, CopyBudgets, PROBLEMS, SCHEMAS};
use crate::names::{self, Names};
use crate::parsed_description::{Document, Node, NodeId};
use crate::problem_list::ProblemList;

/// Maximum depth of references and nested schemas.
const MAX_DEPTH: usize = 100;

/// The state of the conversion.
pub(crate) struct Schemas<'a> {
    document: &'a Document,
    components: HashMap<NodeId, Component<'a>>,
    /// Components by their name in the description.
    by_original_name: HashMap<&'a str, NodeId>,
    /// The components whose `allOf` references a schema, by that schema.
    subtypes: HashMap<NodeId, Vec<Node<'a>>>,
    names: Names,
    module_names: Names,
    modules: Vec<String>,
    models: Vec<Model>,
    by_name: HashMap<String, usize>,
    /// The types of schemas that are already resolved.
    resolved: HashMap<Key, Type>,
    /// The schemas that are being resolved, each with the number of containers around it.
    in_progress: HashMap<Key, usize>,
    /// Cache of [`equivalent`](Schemas::equivalent).
    equivalents: RefCell<HashMap<NodeId, Option<(Node<'a>, bool)>>>,
    /// Cache of the `description` or `title` of schemas.
    descriptions: RefCell<HashMap<NodeId, Option<&'a str>>>,
    /// The number of arrays and maps around the current schema.
    containers: usize,
    /// Declared models that are not resolved yet.
    pending: VecDeque<PendingModel<'a>>,
    warnings: Vec<Problem>,
    /// The problems of schemas that have no type.
    failed: HashMap<Key, Problem>,
    /// Models with problems, which are arbitrary JSON. A model may have several.
    broken: Vec<(usize, Problem)>,
    /// Whether models have lists or objects as members.
    nested: HashMap<String, bool>,
    /// The budget for problems.
    problem_count: Budget,
    /// The budget for merging schemas.
    merge_budget: Budget,
    /// The budgets for copies in models and operations.
    pub(crate) copy_budgets: CopyBudgets,
}

/// The kind of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ModelKind {
    Struct,
    StringEnum,
    IntegerEnum,
    Union,
    Alias,
}

impl<'a> Schemas<'a> {
    /// Converts all of `#/components/schemas` in order, so that they take their names before schemas within operations.
    pub(crate) fn new(document: &'a Document, problems: &mut ProblemList) -> Result<Self, Problem> {
        let mut schemas = Self {
            document,
            components: HashMap::new(),
            by_original_name: HashMap::new(),
            subtypes: HashMap::new(),
            names: Names::default(),
            module_names: Names::default(),
            modules: Vec::new(),
            models: Vec::new(),
            by_name: HashMap::new(),
            resolved: HashMap::new(),
            in_progress: HashMap::new(),
            equivalents: RefCell::default(),
            descriptions: RefCell::default(),
            containers: 0,
            pending: VecDeque::new(),
            warnings: Vec::new(),
            failed: HashMap::new(),
            broken: Vec::new(),
            nested: HashMap::new(),
            problem_count: Budget::of(&PROBLEMS),
            merge_budget: Budget::of(&SCHEMAS),
            copy_budgets: CopyBudgets::new(),
        };
        let registered = schemas.register_components();
        problems.catch(registered)?;
        Ok(schemas)
    }

    /// Returns the type of a schema, which may be a reference. `hint`, such as `GetBookResponse`, is the name of a new
    /// model.
    pub(crate) fn type_of(&mut self, schema: &Node<'a>, hint: &str) -> Result<Type, Problem> {
        let hint = ModelHint::new(names::pascal(hint));
        let ty = self.resolve(&[Part::whole(schema.clone())], &hint)?;
        self.resolve_pending()?;
        Ok(ty)
    }

    /// Returns the members of an object schema without creating a model; `None` if the schema is not an object with
    /// members.
    pub(crate) fn members(&mut self, schema: &Node<'a>, hint: &str) -> Result<Option<Vec<Field>>, Problem> {
        let merged = self.merge(&[Part::whole(schema.clone())])?;
        if merged.invalid || merged.members.is_empty() {
            return Ok(None);
        }
        let mut problems = Vec::new();
        let object = self.object(&merged, &names::pascal(hint), None, &mut problems)?;
        self.resolve_pending()?;
        match problems.into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(Some(object.fields)),
        }
    }

    /// Returns the kind of a type that is a model.
    pub(crate) fn kind(&self, ty: &Type) -> Option<ModelKind> {
        match &self.model(ty)?.shape {
            Shape::Pending => None,
            Shape::Struct(_) => Some(ModelKind::Struct),
            Shape::StringEnum(_) => Some(ModelKind::StringEnum),
            Shape::IntegerEnum(_) => Some(ModelKind::IntegerEnum),
            Shape::Union(_) => Some(ModelKind::Union),
            Shape::Alias(_) => Some(ModelKind::Alias),
        }
    }

    /// Returns whether a value of this type has lists or objects within another one.
    pub(crate) fn is_nested(&mut self, ty: &Type) -> bool {
        match ty.non_null() {
            Type::Array(item) | Type::Map(item) => self.is_container(item),
            Type::Named(name) => {
                if let Some(&known) = self.nested.get(name) {
                    return known;
                }
                let (is_union, types): (bool, Vec<Type>) = match self.model(ty).map(|model| &model.shape) {
                    Some(Shape::Struct(object)) => {
                        (false, object.fields.iter().map(|field| field.ty.clone()).collect())
                    }
                    Some(Shape::Union(union)) => {
                        (true, union.variants.iter().map(|variant| variant.ty.clone()).collect())
                    }
                    _ => (false, Vec::new()),
                };
                // A union that contains itself is nested.
                self.nested.insert(name.clone(), true);
                let nested = match is_union {
                    true => types.iter().any(|variant| self.is_nested(variant)),
                    false => types.iter().any(|ty| self.is_container(ty)),
                };
                self.nested.insert(name.clone(), nested);
                nested
            }
            _ => false,
        }
    }

    /// Returns whether a value of this type may be a list or an object.
    fn is_container(&self, ty: &Type) -> bool {
        match ty.non_null() {
            Type::Array(_) | Type::Map(_) => true,
            Type::Named(_) => matches!(self.kind(ty), Some(ModelKind::Struct | ModelKind::Union)),
            _ => false,
        }
    }

    /// Returns all models, and the warnings.
    pub(crate) fn finish(self) -> Result<Models, Problem> {
        Models::of(self)
    }

    fn model(&self, ty: &Type) -> Option<&Model> {
        match ty.non_null() {
            Type::Named(name) => self.by_name.get(name).map(|&index| &self.models[index]),
            _ => None,
        }
    }

    /// Marks a model that has a problem. An exceeded budget is returned, as nothing can be generated.
    fn mark_broken(&mut self, model: usize, problem: Problem) -> Result<(), Problem> {
        if problem.is_fatal() {
            return Err(problem);
        }
        self.problem_count.spend_at(1, problem.pointer())?;
        self.broken.push((model, problem));
        Ok(())
    }

    /// Adds a warning. Equal warnings are reported once.
    pub(crate) fn report(&mut self, warning: Problem) {
        self.warnings.push(warning);
    }

    fn warn(&mut self, node: &Node<'a>, message: impl Into<String>) {
        self.warnings.push(node.problem(message));
    }

    /// Spends the budget for merging, as a small description can merge schemas without bound.
    fn spend(&mut self, node: &Node<'a>, count: usize) -> Result<(), Problem> {
        self.merge_budget.spend_at(count, node)
    }
}
