//! Models whose schemas have problems, and the types that contain them.

use std::collections::VecDeque;

use super::model::Shape;
use super::{Models, Type};
use crate::errors_and_warnings::Problem;

/// For each model, the problem of a model that it contains at any depth.
pub(crate) struct BrokenModels<'m> {
    models: &'m Models,
    problems: Vec<Option<&'m Problem>>,
}

impl Models {
    /// Returns which models contain a broken one.
    pub(crate) fn broken_models(&self) -> BrokenModels<'_> {
        let mut containing: Vec<Vec<usize>> = vec![Vec::new(); self.list.len()];
        for (model, contained) in self.list.iter().map(|model| self.contained(&model.shape)).enumerate() {
            for inner in contained {
                containing[inner].push(model);
            }
        }
        let mut problems = vec![None; self.list.len()];
        let mut queue = VecDeque::new();
        for (model, problem) in &self.broken {
            if problems[*model].is_none() {
                problems[*model] = Some(problem);
                queue.push_back(*model);
            }
        }
        while let Some(model) = queue.pop_front() {
            for &outer in &containing[model] {
                if problems[outer].is_none() {
                    problems[outer] = problems[model];
                    queue.push_back(outer);
                }
            }
        }
        BrokenModels { models: self, problems }
    }

    /// Returns for each model whether one of the types contains it at any depth.
    pub(crate) fn reachable<'t>(&self, types: impl Iterator<Item = &'t Type>) -> Vec<bool> {
        let mut reached = vec![false; self.list.len()];
        let mut queue: Vec<usize> = types.filter_map(|ty| self.named(ty)).collect();
        while let Some(model) = queue.pop() {
            if !std::mem::replace(&mut reached[model], true) {
                queue.extend(self.contained(&self.list[model].shape));
            }
        }
        reached
    }

    /// Splits the problems of models into those of reached models and the others.
    pub(crate) fn problems_by_use(&self, reached: &[bool]) -> (Vec<&Problem>, Vec<&Problem>) {
        let (used, unused): (Vec<_>, Vec<_>) = self.broken.iter().partition(|(model, _)| reached[*model]);
        (
            used.into_iter().map(|(_, problem)| problem).collect(),
            unused.into_iter().map(|(_, problem)| problem).collect(),
        )
    }

    fn contained(&self, shape: &Shape) -> Vec<usize> {
        let named = |ty: &Type| self.named(ty);
        match shape {
            Shape::Struct(object) => {
                let additional = object.additional.iter().filter_map(|(_, ty)| named(ty));
                object
                    .fields
                    .iter()
                    .filter_map(|field| named(&field.ty))
                    .chain(additional)
                    .collect()
            }
            Shape::Union(union) => union.variants.iter().filter_map(|variant| named(&variant.ty)).collect(),
            Shape::Alias(ty) => named(ty).into_iter().collect(),
            Shape::Pending | Shape::StringEnum(_) | Shape::IntegerEnum(_) => Vec::new(),
        }
    }

    /// Returns the model that a type contains: directly, or as the element of an array, map or nullable type.
    fn named(&self, ty: &Type) -> Option<usize> {
        match ty {
            Type::Array(inner) | Type::Map(inner) | Type::Nullable(inner) => self.named(inner),
            Type::Named(name) => self.by_name.get(name).copied(),
            _ => None,
        }
    }
}

impl BrokenModels<'_> {
    /// Returns the problem of a type.
    pub(crate) fn problem(&self, ty: &Type) -> Option<&Problem> {
        self.problems[self.models.named(ty)?]
    }
}
