//! The depth of nested models. The compiler recurses through all fields, boxes and arrays of a type, for example to
//! check whether it is `Send`, and has a recursion limit of 128.

use std::collections::BTreeSet;

use super::model::Shape;
use super::strongly_connected_components::strongly_connected_components;
use super::{Models, Type};

/// Maximum recursion depth through models; the rest of the limit is left to the code that uses them.
const MAX_DEPTH: usize = 80;

/// Depth of one model within another, through an `Option` and a `Box`.
const MODEL_STEPS: usize = 6;

/// Additional depth of an array or a map.
const CONTAINER_STEPS: usize = 4;

/// The strongly connected components of the models, and their depths.
pub(super) struct TypeDepths {
    scc: Vec<usize>,
    /// By component: whether its models store each other in an `OpaqueBox`.
    split: Vec<bool>,
    /// By component: an upper bound for the depth within it.
    inner_depth: Vec<usize>,
    /// By component: an upper bound for the depth within and below it.
    depth: Vec<usize>,
    /// The models that are stored in an `OpaqueBox`.
    pub(super) opaque: BTreeSet<usize>,
}

impl TypeDepths {
    pub(super) fn new(models: &Models) -> Self {
        let edges: Vec<Vec<(usize, usize)>> = models.list.iter().map(|model| edges(models, &model.shape)).collect();
        let targets: Vec<Vec<usize>> = edges
            .iter()
            .map(|edges| edges.iter().map(|(target, _)| *target).collect())
            .collect();
        Self::of(&edges, strongly_connected_components(&targets))
    }

    fn of(edges: &[Vec<(usize, usize)>], scc: Vec<usize>) -> Self {
        let count = scc.iter().max().map_or(0, |last| last + 1);
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (model, scc) in scc.iter().enumerate() {
            members[*scc].push(model);
        }
        let mut depths = Self {
            scc,
            split: vec![false; count],
            inner_depth: vec![0; count],
            depth: vec![0; count],
            opaque: BTreeSet::new(),
        };
        // Successors have lower numbers.
        for (own, members) in members.iter().enumerate() {
            let inside = members.iter().map(|&model| {
                let within = edges[model].iter().filter(|(target, _)| depths.scc[*target] == own);
                within.map(|(_, steps)| *steps).max().unwrap_or(0)
            });
            let inner_depth: usize = inside.sum();
            depths.split[own] = inner_depth > MAX_DEPTH;
            depths.inner_depth[own] = if depths.split[own] { 0 } else { inner_depth };
            let below = members.iter().flat_map(|&model| &edges[model]);
            let below = below
                .filter(|(target, steps)| depths.scc[*target] != own && !depths.exceeds_limit(own, *target, *steps))
                .map(|(target, steps)| steps + depths.depth[depths.scc[*target]]);
            depths.depth[own] = depths.inner_depth[own] + below.max().unwrap_or(0);
        }
        for (model, edges) in edges.iter().enumerate() {
            let out = edges
                .iter()
                .filter(|(target, steps)| depths.exceeds_limit(depths.scc[model], *target, *steps));
            let out: Vec<usize> = out.map(|(target, _)| *target).collect();
            depths.opaque.extend(out);
        }
        depths
    }

    fn exceeds_limit(&self, own: usize, target: usize, steps: usize) -> bool {
        match self.scc[target] {
            target if target == own => self.split[own],
            target => self.inner_depth[own] + steps + self.depth[target] > MAX_DEPTH,
        }
    }

    /// Returns whether the model with this index must store a member or variant of this type in an `OpaqueBox`.
    pub(super) fn is_too_deep(&self, models: &Models, model: usize, ty: &Type) -> bool {
        nested_model(models, ty, MODEL_STEPS)
            .is_some_and(|(target, steps)| self.exceeds_limit(self.scc[model], target, steps))
    }

    /// Like [`is_too_deep`](Self::is_too_deep), for a map of additional properties of this type.
    pub(super) fn is_additional_too_deep(&self, models: &Models, model: usize, ty: &Type) -> bool {
        additional(models, ty).is_some_and(|(target, steps)| self.exceeds_limit(self.scc[model], target, steps))
    }
}

/// Returns the models that a model contains, with their depth.
fn edges(models: &Models, shape: &Shape) -> Vec<(usize, usize)> {
    let step = |ty| nested_model(models, ty, MODEL_STEPS);
    match shape {
        Shape::Struct(object) => {
            let additional = object.additional.iter().filter_map(|(_, ty)| additional(models, ty));
            let fields = object.fields.iter().filter_map(|field| step(&field.ty));
            fields.chain(additional).collect()
        }
        Shape::Union(union) => union.variants.iter().filter_map(|variant| step(&variant.ty)).collect(),
        Shape::Pending | Shape::StringEnum(_) | Shape::IntegerEnum(_) | Shape::Alias(_) => Vec::new(),
    }
}

fn additional(models: &Models, ty: &Type) -> Option<(usize, usize)> {
    nested_model(models, ty, MODEL_STEPS + CONTAINER_STEPS)
}

fn nested_model(models: &Models, ty: &Type, steps: usize) -> Option<(usize, usize)> {
    match ty {
        Type::Array(inner) | Type::Map(inner) => nested_model(models, inner, steps + CONTAINER_STEPS),
        Type::Nullable(inner) => nested_model(models, inner, steps + 1),
        Type::Named(name) => {
            let index = *models.by_name.get(name)?;
            let is_nested = matches!(models.list[index].shape, Shape::Struct(_) | Shape::Union(_));
            is_nested.then_some((index, steps))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_depths(edges: &[Vec<usize>]) -> (Vec<Vec<(usize, usize)>>, TypeDepths) {
        let weighted = |edges: &Vec<usize>| edges.iter().map(|target| (*target, MODEL_STEPS)).collect();
        let weighted: Vec<Vec<(usize, usize)>> = edges.iter().map(weighted).collect();
        let depths = TypeDepths::of(&weighted, strongly_connected_components(edges));
        (weighted, depths)
    }

    /// Returns the remaining depth, found by visiting all paths.
    fn max_depth(edges: &[Vec<(usize, usize)>], depths: &TypeDepths, model: usize, path: &mut Vec<usize>) -> usize {
        if path.contains(&model) {
            return 0;
        }
        path.push(model);
        let remaining = edges[model]
            .iter()
            .filter(|(target, steps)| !depths.exceeds_limit(depths.scc[model], *target, *steps));
        let max_depth = remaining
            .map(|(target, steps)| steps + max_depth(edges, depths, *target, path))
            .max();
        path.pop();
        max_depth.unwrap_or(0)
    }

    #[test]
    fn depth_is_limited_and_small_models_are_unchanged() {
        let chain = |count: usize| {
            (0..count)
                .map(|model| vec![model + 1])
                .chain([vec![]])
                .collect::<Vec<_>>()
        };
        let ring = |count: usize| (0..count).map(|model| vec![(model + 1) % count]).collect::<Vec<_>>();
        for (edges, expected) in [
            (chain(5), true),
            (ring(5), true),
            (chain(100), false),
            (ring(45), false),
        ] {
            let (edges, depths) = type_depths(&edges);
            for model in 0..edges.len() {
                assert!(max_depth(&edges, &depths, model, &mut Vec::new()) <= MAX_DEPTH);
            }
            let mut all = edges
                .iter()
                .enumerate()
                .flat_map(|(model, edges)| edges.iter().map(move |edge| (model, edge)));
            let unchanged =
                all.all(|(model, (target, steps))| !depths.exceeds_limit(depths.scc[model], *target, *steps));
            assert_eq!(unchanged, expected);
        }
    }
}
