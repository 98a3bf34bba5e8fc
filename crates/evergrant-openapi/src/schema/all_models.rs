//! All models, after all schemas are resolved. Their code is generated one by one, as the code of all models together
//! would take many times their memory.

use std::collections::{HashMap, HashSet};

use super::emit_models::Context;
use super::model::{Field, Model, Shape};
use super::{Schemas, Type, variant_conditions};
use crate::errors_and_warnings::{Pointer, Problem};
use crate::limits::{Budget, CONDITIONS};

/// All models.
#[derive(Debug)]
pub(crate) struct Models {
    pub(super) list: Vec<Model>,
    pub(super) by_name: HashMap<String, usize>,
    modules: Vec<Module>,
    /// The type name of the table of readers, distinct from all models.
    pub(super) readers: String,
    /// Schemas that became arbitrary JSON or lost constraints.
    pub(crate) warnings: Vec<Problem>,
    /// Models with problems, which are arbitrary JSON.
    pub(super) broken: Vec<(usize, Problem)>,
    /// For each model, whether it is sent as JSON.
    sent: Vec<bool>,
}

/// A module: one for each component with its inline schemas, and one for each schema outside of components.
#[derive(Debug)]
pub(crate) struct Module {
    /// The name of the module and its file.
    pub(crate) name: String,
    /// Indices into the list. The component itself comes before its inline schemas, even if it is an alias of one.
    pub(super) members: Vec<usize>,
}

impl Models {
    pub(super) fn of(schemas: Schemas<'_>) -> Result<Self, Problem> {
        let main: HashSet<&str> = schemas.components.values().map(|main| main.name.as_str()).collect();
        let modules = schemas.modules.iter().map(|name| Module {
            name: name.clone(),
            members: Vec::new(),
        });
        let mut modules: Vec<Module> = modules.collect();
        for (index, model) in schemas.models.iter().enumerate() {
            modules[model.module].members.push(index);
        }
        for module in &mut modules {
            let is_main = |index: &usize| main.contains(schemas.models[*index].name.as_str());
            module.members.sort_by_key(|index| !is_main(index));
        }
        let mut seen = HashSet::new();
        let mut warnings = schemas.warnings;
        warnings.retain(|warning| seen.insert(warning.to_string()));
        let mut names = schemas.names;
        let models = Self {
            list: schemas.models,
            by_name: schemas.by_name,
            modules,
            readers: names.take("Readers".to_owned()),
            warnings,
            broken: schemas.broken,
            sent: Vec::new(),
        };
        models.check_conditions()?;
        Ok(models)
    }

    /// Records the types that requests contain as JSON. Their optional members that may be null distinguish both.
    pub(crate) fn set_sent<'t>(&mut self, types: impl Iterator<Item = &'t Type>) {
        self.sent = self.reachable(types);
    }

    /// Returns whether a member of a model can be absent or null, and is sent.
    pub(super) fn is_clearable(&self, model: usize, field: &Field) -> bool {
        !field.required && field.ty.is_nullable() && self.sent.get(model) == Some(&true)
    }

    /// Iterates over the members that can be absent or null, such as `UserPatch.middle_name`.
    pub(crate) fn clearable_members(&self) -> impl Iterator<Item = String> {
        self.list.iter().enumerate().flat_map(move |(index, model)| {
            let fields = match &model.shape {
                Shape::Struct(object) => object.fields.as_slice(),
                _ => &[],
            };
            let clearable = fields.iter().filter(move |field| self.is_clearable(index, field));
            clearable.map(|field| format!("{}.{}", model.name, field.rust))
        })
    }

    /// Iterates over the modules that contain models.
    pub(crate) fn modules(&self) -> impl Iterator<Item = &Module> {
        self.modules.iter().filter(|module| !module.members.is_empty())
    }

    /// Iterates over the public types of a module.
    pub(crate) fn types(&self, module: &Module) -> impl Iterator<Item = &str> {
        module.members.iter().map(|&index| self.list[index].name.as_str())
    }

    /// Returns the relations between all models, which their code depends on.
    pub(crate) fn context(&self) -> Context<'_> {
        Context::new(self)
    }

    /// Returns the name of a module by its index.
    pub(super) fn module(&self, index: usize) -> &str {
        &self.modules[index].name
    }

    pub(super) fn model(&self, ty: &Type) -> Option<&Model> {
        match ty.non_null() {
            Type::Named(name) => self.by_name.get(name).map(|&index| &self.list[index]),
            _ => None,
        }
    }

    /// Returns the members of a type that is an object model.
    pub(crate) fn fields(&self, ty: &Type) -> Option<&[Field]> {
        match &self.model(ty)?.shape {
            Shape::Struct(object) => Some(&object.fields),
            Shape::Alias(ty) => self.fields(ty),
            _ => None,
        }
    }

    /// Unions repeat the conditions of their variants, which several unions may share.
    fn check_conditions(&self) -> Result<(), Problem> {
        let mut conditions = Budget::of(&CONDITIONS);
        for model in &self.list {
            let Shape::Union(union) = &model.shape else { continue };
            for variant in &union.variants {
                let count = variant_conditions::condition_count(self, union, variant);
                conditions.spend(count).map_err(|message| {
                    Problem::fatal(&Pointer::root(), format!("the union `{}`: {message}", model.name))
                })?;
            }
        }
        Ok(())
    }
}
