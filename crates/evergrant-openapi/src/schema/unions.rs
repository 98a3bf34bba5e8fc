//! `oneOf` and `anyOf`: a value is one of several things.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::facts::{Choice, Facts, Key, Kinds, Part};
use super::keywords::{is_null, is_only_required, is_silent};
use super::model::{Union, UnionVariant};
use super::resolve::{At, Work};
use super::{Schemas, Type, tags};
use crate::limits::VARIANTS;
use crate::names::{self, Names};
use crate::problem::Problem;
use crate::source::Node;

/// In bytes: so much of a branch is compared with the others for the price of one schema.
const LONG_BRANCH: usize = 256;

/// What a variant is made of.
pub(super) struct Source<'a> {
    pub(super) of: Of<'a>,
    /// The tag's values that mean it.
    pub(super) tags: Vec<String>,
    /// What it is called if its type has no name of its own.
    pub(super) label: Option<String>,
}

pub(super) enum Of<'a> {
    Parts(Vec<Part<'a>>),
    /// A schema that allows several types, and one of them.
    Kind(Key, Box<Facts<'a>>, Kinds, Vec<Part<'a>>),
}

impl<'a> Schemas<'a> {
    /// What is no choice at all is taken over: null, one branch alone, branches that only require members.
    pub(super) fn settle_choices(&mut self, facts: &mut Facts<'a>) -> Result<(), Problem> {
        let mut settled = Vec::new();
        while !facts.choices.is_empty() {
            for mut choice in std::mem::take(&mut facts.choices) {
                let all = choice.branches.len();
                choice.branches.retain(|branch| !is_null(branch));
                facts.nullable |= choice.branches.len() < all;
                choice
                    .branches
                    .retain(|branch| !is_only_required(branch) && *branch.value() != false);
                if !facts.members.is_empty() {
                    choice.branches.retain(|branch| !is_silent(branch));
                }
                self.spend(&choice.node, choice.branches.len())?;
                let mut texts = Vec::with_capacity(choice.branches.len());
                for branch in &choice.branches {
                    let text = branch.value().to_string();
                    self.spend(branch, text.len() / LONG_BRANCH)?;
                    texts.push(text);
                }
                let mut texts = texts.into_iter();
                let mut seen = HashSet::new();
                choice
                    .branches
                    .retain(|_| texts.next().is_none_or(|text| seen.insert(text)));
                match choice.branches.as_slice() {
                    [] => {}
                    [branch] => self.add(facts, &branch.clone())?,
                    _ => settled.push(choice),
                }
            }
        }
        facts.choices = settled;
        Ok(())
    }

    /// The type of a choice, whose branches all come with what else the schema says.
    pub(super) fn choice(
        &mut self,
        facts: Facts<'a>,
        choice: Choice<'a>,
        parts: &[Part<'a>],
        key: &Key,
        at: &At,
    ) -> Result<Type, Problem> {
        VARIANTS.check_at(choice.branches.len(), &choice.node)?;
        let mut branches = Vec::with_capacity(choice.branches.len());
        for branch in &choice.branches {
            let mut said = self.facts(&[Part::whole(branch.clone())])?;
            if said.kinds() == Kinds::NONE {
                said.kinds = facts.kinds;
            }
            branches.push(said);
        }
        if facts.members.is_empty()
            && let Some(ty) = self.scalar_choice(&facts, &choice, &branches, parts, key, at)?
        {
            return Ok(ty);
        }
        let tagged = self.tags(choice.discriminator.as_ref(), &choice.branches, &branches)?;
        let (tag, extra, mut all_tags) = match tagged {
            Some(tags::Tags { tag, extra, tags }) => (Some(tag), extra, tags),
            None => (None, Vec::new(), Vec::new()),
        };
        let mut sources = Vec::new();
        let nodes = choice.branches.iter().chain(&extra).enumerate();
        for (index, node) in nodes {
            let whole = vec![Part::whole(node.clone())];
            let parts = match branches.get(index) {
                Some(said) if !covers(said, &facts, parts) => {
                    let base = parts.iter().map(|part| Part::bare(part.node.clone()));
                    base.chain(whole).collect()
                }
                _ => whole,
            };
            let tags = all_tags.get_mut(index).map(std::mem::take).unwrap_or_default();
            let has_member = |tag: &String| {
                branches.get(index).is_some_and(|said| said.member(tag).is_some()) || facts.member(tag).is_some()
            };
            sources.extend(sources_of(
                parts,
                node,
                tags,
                tag.as_ref().is_some_and(has_member),
                branches.get(index),
            ));
        }
        self.define_union(tag, sources, parts, key, at)
    }

    /// A schema whose `type` has several names.
    pub(super) fn union_of_kinds(
        &mut self,
        facts: &Facts<'a>,
        kinds: &[Kinds],
        parts: &[Part<'a>],
        key: &Key,
        at: &At,
    ) -> Result<Type, Problem> {
        self.spend(&parts[0].node, facts.members.len())?;
        let sources = kinds.iter().map(|kind| Source {
            of: Of::Kind(key.of_kind(*kind), Box::new(facts.clone()), *kind, parts.to_vec()),
            tags: Vec::new(),
            label: None,
        });
        let sources = sources.collect();
        self.define_union(None, sources, parts, key, at)
    }

    pub(super) fn define_union(
        &mut self,
        tag: Option<String>,
        sources: Vec<Source<'a>>,
        parts: &[Part<'a>],
        key: &Key,
        at: &At,
    ) -> Result<Type, Problem> {
        VARIANTS.check_at(sources.len(), &parts[0].node)?;
        let docs = self.model_docs(parts, &at.hint);
        let (ty, model) = self.allocate(parts, key, at, docs)?;
        self.queue.push_back(Work::Union { model, tag, sources });
        Ok(ty)
    }

    /// Looks into the variants.
    pub(super) fn union(
        &mut self,
        model: usize,
        tag: Option<String>,
        sources: Vec<Source<'a>>,
    ) -> Result<Union, Problem> {
        let (name, module) = (self.models[model].name.clone(), self.models[model].module);
        let mut variants: Vec<UnionVariant> = Vec::new();
        let mut taken = Names::default();
        // The first variant of each type, and the first that is any text at all.
        let (mut by_type, mut text): (HashMap<Type, usize>, Option<usize>) = (HashMap::new(), None);
        for (index, source) in sources.into_iter().enumerate() {
            let hint = source.label.clone().unwrap_or_else(|| format!("Variant{}", index + 1));
            let at = At::inside(name.clone(), module).part(&hint);
            let ty = match source.of {
                Of::Parts(parts) => self.resolve(&parts, &at)?,
                Of::Kind(key, facts, kind, parts) => self.of_kind(*facts, kind, &parts, &key, &at)?,
            };
            let ty = ty.present().in_json();
            if ty == Type::Named(name.clone()) {
                continue;
            }
            let known = match ty.is_text() {
                true => text,
                false => by_type.get(&ty).copied(),
            };
            if source.tags.is_empty()
                && let Some(known) = known
            {
                let known = &mut variants[known];
                if known.ty != ty {
                    known.ty = Type::String;
                }
                continue;
            }
            let wanted = match (&ty, source.label) {
                (Type::Named(named), Some(label)) if *named == at.hint || source.tags.len() == 1 && known.is_some() => {
                    label
                }
                (Type::Named(named), _) => named
                    .strip_prefix(&name)
                    .filter(|rest| is_name(rest))
                    .unwrap_or(named)
                    .to_owned(),
                (_, Some(label)) => label,
                (ty, None) => word(ty),
            };
            match ty.is_text() {
                true => text = text.or(Some(variants.len())),
                false => drop(by_type.entry(ty.clone()).or_insert(variants.len())),
            }
            variants.push(UnionVariant {
                name: taken.take(super::naming::shortened(names::pascal(&wanted))),
                docs: self.variant_docs(&ty, &source.tags),
                ty,
                tags: source.tags,
            });
        }
        Ok(Union {
            tag,
            variants,
            unknown: taken.take_or("Unknown".to_owned(), "Value"),
        })
    }
}

/// Whether a branch says already all that the schema around it says.
fn covers(branch: &Facts<'_>, base: &Facts<'_>, parts: &[Part<'_>]) -> bool {
    let members = base.members.iter().all(|member| branch.member(member.name).is_some());
    let whole = || parts.iter().all(|part| branch.seen.contains_key(&part.node.id()));
    base.members.is_empty() || whole() || members && base.required.is_subset(&branch.required)
}

/// One source, or one for each tag where the value itself cannot keep which it was.
pub(super) fn sources_of<'a>(
    parts: Vec<Part<'a>>,
    node: &Node<'a>,
    tags: Vec<String>,
    keeps_tag: bool,
    said: Option<&Facts<'a>>,
) -> Vec<Source<'a>> {
    if tags.len() < 2 || keeps_tag {
        let title = node.value().get("title").and_then(Value::as_str);
        let label = title.or(tags.first().map(String::as_str)).or_else(|| constant(said?));
        let label = label.map(names::pascal);
        let of = Of::Parts(parts);
        return vec![Source { of, tags, label }];
    }
    let source = |tag: String| Source {
        of: Of::Parts(parts.clone()),
        label: Some(names::pascal(&tag)),
        tags: vec![tag],
    };
    tags.into_iter().map(source).collect()
}

/// The only value of a required member, which tells a branch from the others.
fn constant<'a>(said: &Facts<'a>) -> Option<&'a str> {
    let required = said.members.iter().filter(|member| said.required.contains(member.name));
    let mut constants = required.filter_map(|member| {
        let schema = member.nodes[0].value();
        let values = schema
            .get("enum")
            .and_then(Value::as_array)
            .filter(|values| values.len() == 1);
        schema.get("const").or_else(|| values?.first())?.as_str()
    });
    constants.next()
}

fn is_name(rest: &str) -> bool {
    rest.starts_with(|first: char| first.is_uppercase())
}

fn word(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".to_owned(),
        Type::I32 | Type::I64 | Type::U32 | Type::U64 => "Integer".to_owned(),
        Type::F64 => "Number".to_owned(),
        Type::String | Type::Bytes => "String".to_owned(),
        Type::Sensitive => "Sensitive".to_owned(),
        Type::DateTime => "DateTime".to_owned(),
        Type::Date => "Date".to_owned(),
        Type::Json => "Json".to_owned(),
        Type::Array(item) => format!("{}Array", word(item)),
        Type::Map(value) => format!("{}Map", word(value)),
        Type::Nullable(inner) => word(inner),
        Type::Named(name) => name.clone(),
    }
}
