//! How deep models go into each other: whether a type is `Send`, for one, the compiler finds out by walking through all that
//! it is made of, boxes and arrays included, and it gives up at 128 steps.

use std::collections::BTreeSet;

use super::groups::groups;
use super::model::Shape;
use super::{Models, Type};

/// So many steps are walked through models at most; the rest is left to the code that has them.
const DEEPEST: usize = 80;

/// From a model through an option and a box to another.
const STEP: usize = 6;

/// Through an array or a map.
const CONTAINER: usize = 4;

/// The models that reach each other, and how deep the walk through each is.
pub(super) struct Webs {
    group: Vec<usize>,
    /// By group: whether its models are kept out of each other.
    torn: Vec<bool>,
    /// By group: the longest walk within it.
    width: Vec<usize>,
    /// By group: the longest walk within and below it.
    depth: Vec<usize>,
    /// The models that are kept out of others.
    pub(super) nested: BTreeSet<usize>,
}

impl Webs {
    pub(super) fn new(models: &Models) -> Self {
        let edges: Vec<Vec<(usize, usize)>> = models.list.iter().map(|model| held(models, &model.shape)).collect();
        let targets: Vec<Vec<usize>> = edges
            .iter()
            .map(|edges| edges.iter().map(|(target, _)| *target).collect())
            .collect();
        Self::of(&edges, groups(&targets))
    }

    fn of(edges: &[Vec<(usize, usize)>], group: Vec<usize>) -> Self {
        let count = group.iter().max().map_or(0, |last| last + 1);
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (model, group) in group.iter().enumerate() {
            members[*group].push(model);
        }
        let mut webs = Self {
            group,
            torn: vec![false; count],
            width: vec![0; count],
            depth: vec![0; count],
            nested: BTreeSet::new(),
        };
        // What a group leads to has a lower number.
        for (own, members) in members.iter().enumerate() {
            let inside = members.iter().map(|&model| {
                let within = edges[model].iter().filter(|(target, _)| webs.group[*target] == own);
                within.map(|(_, steps)| *steps).max().unwrap_or(0)
            });
            let width: usize = inside.sum();
            webs.torn[own] = width > DEEPEST;
            webs.width[own] = if webs.torn[own] { 0 } else { width };
            let below = members.iter().flat_map(|&model| &edges[model]);
            let below = below
                .filter(|(target, steps)| webs.group[*target] != own && !webs.leads_too_deep(own, *target, *steps))
                .map(|(target, steps)| steps + webs.depth[webs.group[*target]]);
            webs.depth[own] = webs.width[own] + below.max().unwrap_or(0);
        }
        for (model, edges) in edges.iter().enumerate() {
            let out = edges
                .iter()
                .filter(|(target, steps)| webs.leads_too_deep(webs.group[model], *target, *steps));
            let out: Vec<usize> = out.map(|(target, _)| *target).collect();
            webs.nested.extend(out);
        }
        webs
    }

    fn leads_too_deep(&self, own: usize, target: usize, steps: usize) -> bool {
        match self.group[target] {
            target if target == own => self.torn[own],
            target => self.width[own] + steps + self.depth[target] > DEEPEST,
        }
    }

    /// Whether a member or variant of this type, in the model with this index, has to be kept out of the model's type.
    pub(super) fn is_too_deep(&self, models: &Models, model: usize, ty: &Type) -> bool {
        target(models, ty, STEP).is_some_and(|(target, steps)| self.leads_too_deep(self.group[model], target, steps))
    }

    /// The same for a map of values of this type.
    pub(super) fn is_rest_too_deep(&self, models: &Models, model: usize, ty: &Type) -> bool {
        rest(models, ty).is_some_and(|(target, steps)| self.leads_too_deep(self.group[model], target, steps))
    }
}

/// The models that a model is made of, and how many steps away.
fn held(models: &Models, shape: &Shape) -> Vec<(usize, usize)> {
    let step = |ty| target(models, ty, STEP);
    match shape {
        Shape::Struct(object) => {
            let rest = object.rest.iter().filter_map(|(_, ty)| rest(models, ty));
            let fields = object.fields.iter().filter_map(|field| step(&field.ty));
            fields.chain(rest).collect()
        }
        Shape::Union(union) => union.variants.iter().filter_map(|variant| step(&variant.ty)).collect(),
        Shape::Pending | Shape::Texts(_) | Shape::Integers(_) | Shape::Alias(_) => Vec::new(),
    }
}

fn rest(models: &Models, ty: &Type) -> Option<(usize, usize)> {
    target(models, ty, STEP + CONTAINER)
}

fn target(models: &Models, ty: &Type, steps: usize) -> Option<(usize, usize)> {
    match ty {
        Type::Array(inner) | Type::Map(inner) => target(models, inner, steps + CONTAINER),
        Type::Nullable(inner) => target(models, inner, steps + 1),
        Type::Named(name) => {
            let index = *models.by_name.get(name)?;
            let goes_on = matches!(models.list[index].shape, Shape::Struct(_) | Shape::Union(_));
            goes_on.then_some((index, steps))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webs(edges: &[Vec<usize>]) -> (Vec<Vec<(usize, usize)>>, Webs) {
        let weighed = |edges: &Vec<usize>| edges.iter().map(|target| (*target, STEP)).collect();
        let weighed: Vec<Vec<(usize, usize)>> = edges.iter().map(weighed).collect();
        let webs = Webs::of(&weighed, groups(edges));
        (weighed, webs)
    }

    /// The longest walk that is left, one model after the other.
    fn longest(edges: &[Vec<(usize, usize)>], webs: &Webs, model: usize, way: &mut Vec<usize>) -> usize {
        if way.contains(&model) {
            return 0;
        }
        way.push(model);
        let left = edges[model]
            .iter()
            .filter(|(target, steps)| !webs.leads_too_deep(webs.group[model], *target, *steps));
        let longest = left
            .map(|(target, steps)| steps + longest(edges, webs, *target, way))
            .max();
        way.pop();
        longest.unwrap_or(0)
    }

    #[test]
    fn no_walk_is_too_long_and_short_ones_are_left_alone() {
        let chain = |count: usize| {
            (0..count)
                .map(|model| vec![model + 1])
                .chain([vec![]])
                .collect::<Vec<_>>()
        };
        let ring = |count: usize| (0..count).map(|model| vec![(model + 1) % count]).collect::<Vec<_>>();
        for (edges, whole) in [
            (chain(5), true),
            (ring(5), true),
            (chain(100), false),
            (ring(45), false),
        ] {
            let (edges, webs) = webs(&edges);
            for model in 0..edges.len() {
                assert!(longest(&edges, &webs, model, &mut Vec::new()) <= DEEPEST);
            }
            let mut all = edges
                .iter()
                .enumerate()
                .flat_map(|(model, edges)| edges.iter().map(move |edge| (model, edge)));
            let untouched =
                all.all(|(model, (target, steps))| !webs.leads_too_deep(webs.group[model], *target, *steps));
            assert_eq!(untouched, whole);
        }
    }
}
