//! All models, once every schema is looked into. They become code one by one, when it is asked for: the code of all of them
//! together would take many times their own memory.

use std::collections::{HashMap, HashSet};

use super::emit::Context;
use super::model::{Model, Shape};
use super::{Schemas, Type, guards};
use crate::limits::{CONDITIONS, Spending};
use crate::problem::{Place, Problem};

/// All models.
#[derive(Debug)]
pub(crate) struct Models {
    pub(super) list: Vec<Model>,
    pub(super) by_name: HashMap<String, usize>,
    modules: Vec<Module>,
    /// What the table of readers is called: a name that no model has.
    pub(super) readers: String,
    /// What became free JSON, or less than the description says, and where.
    pub(crate) warnings: Vec<Problem>,
}

/// A schema and those inside of it; one for each schema of the components, and for each that stands elsewhere.
#[derive(Debug)]
pub(crate) struct Module {
    /// Also the file's.
    pub(crate) name: String,
    /// Into the list; the component itself comes before what stands inside of it, even if it is but an alias for that.
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
        let mut said = HashSet::new();
        let mut warnings = schemas.warnings;
        warnings.retain(|warning| said.insert(warning.to_string()));
        let mut names = schemas.names;
        let models = Self {
            list: schemas.models,
            by_name: schemas.by_name,
            modules,
            readers: names.take("Readers".to_owned()),
            warnings,
        };
        models.check_conditions()?;
        Ok(models)
    }

    /// The modules that have models.
    pub(crate) fn modules(&self) -> impl Iterator<Item = &Module> {
        self.modules.iter().filter(|module| !module.members.is_empty())
    }

    /// The public types of a module.
    pub(crate) fn types(&self, module: &Module) -> impl Iterator<Item = &str> {
        module.members.iter().map(|&index| self.list[index].name.as_str())
    }

    /// What all models have to do with each other, which their code depends on.
    pub(crate) fn context(&self) -> Context<'_> {
        Context::new(self)
    }

    /// The module's name by its index.
    pub(super) fn module(&self, index: usize) -> &str {
        &self.modules[index].name
    }

    pub(super) fn model(&self, ty: &Type) -> Option<&Model> {
        match ty.present() {
            Type::Named(name) => self.by_name.get(name).map(|&index| &self.list[index]),
            _ => None,
        }
    }

    /// Unions repeat what their variants consist of, which other unions may have as well.
    fn check_conditions(&self) -> Result<(), Problem> {
        let mut conditions = Spending::of(&CONDITIONS);
        for model in &self.list {
            let Shape::Union(union) = &model.shape else { continue };
            for variant in &union.variants {
                let count = guards::weight(self, union, variant);
                conditions.spend(count).map_err(|message| {
                    Problem::new(&Place::root(), format!("the union `{}`: {message}", model.name))
                })?;
            }
        }
        Ok(())
    }
}
