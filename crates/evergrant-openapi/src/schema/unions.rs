//! `oneOf` and `anyOf`: a value is one of several things.

use std::collections::HashSet;

use super::facts::{Choice, Facts, Kinds, Part};
use super::keywords::{has_discriminator, is_null, is_only_required, is_silent};
use super::model::{Union, UnionVariant};
use super::resolve::{At, Work};
use super::{Schemas, Type, tags};
use crate::names::{self, Names};
use crate::problem::Problem;
use crate::source::Node;

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
    Kind(Box<Facts<'a>>, Kinds, Vec<Part<'a>>, String),
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
                let mut seen = HashSet::new();
                choice.branches.retain(|branch| seen.insert(branch.value().to_string()));
                self.spend(&choice.node, choice.branches.len())?;
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
        key: &str,
        at: &At,
    ) -> Result<Type, Problem> {
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
            sources.extend(sources_of(parts, node, tags, tag.as_ref().is_some_and(has_member)));
        }
        Ok(self.define_union(tag, sources, parts, key, at))
    }

    /// All kinds of a base: the components that have it in their `allOf`, told apart by its discriminator.
    pub(super) fn family(&mut self, parts: &[Part<'a>], key: &str, at: &At) -> Result<Option<Type>, Problem> {
        let [Part { node, bare: false }] = parts else {
            return Ok(None);
        };
        if !has_discriminator(node) {
            return Ok(None);
        }
        let children = self.descendants(node);
        if children.is_empty() {
            return Ok(None);
        }
        let mut said = Vec::new();
        for child in &children {
            said.push(self.facts(&[Part::whole(child.clone())])?);
        }
        let Some(tagged) = self.tags(node.get("discriminator").as_ref(), &children, &said)? else {
            return Ok(None);
        };
        let mut all_tags = tagged.tags.into_iter();
        let mut sources = Vec::new();
        for child in children.iter().chain(&tagged.extra) {
            let itself = child.place() == node.place();
            let part = if itself {
                Part::bare(child.clone())
            } else {
                Part::whole(child.clone())
            };
            sources.extend(sources_of(vec![part], child, all_tags.next().unwrap_or_default(), true));
        }
        Ok(Some(self.define_union(Some(tagged.tag), sources, parts, key, at)))
    }

    fn descendants(&self, base: &Node<'a>) -> Vec<Node<'a>> {
        let mut found: Vec<Node<'a>> = Vec::new();
        let mut seen = HashSet::from([base.place().pointer().to_owned()]);
        let mut next = 0;
        let mut of = base.clone();
        loop {
            for child in self.children.get(of.place().pointer()).into_iter().flatten() {
                if seen.insert(child.place().pointer().to_owned()) {
                    found.push(child.clone());
                }
            }
            let Some(child) = found.get(next) else { return found };
            of = child.clone();
            next += 1;
        }
    }

    /// A schema whose `type` has several names.
    pub(super) fn union_of_kinds(
        &mut self,
        facts: &Facts<'a>,
        kinds: &[Kinds],
        parts: &[Part<'a>],
        key: &str,
        at: &At,
    ) -> Result<Type, Problem> {
        self.spend(&parts[0].node, facts.members.len())?;
        let sources = kinds.iter().map(|kind| Source {
            of: Of::Kind(Box::new(facts.clone()), *kind, parts.to_vec(), key.to_owned()),
            tags: Vec::new(),
            label: None,
        });
        let sources = sources.collect();
        Ok(self.define_union(None, sources, parts, key, at))
    }

    fn define_union(
        &mut self,
        tag: Option<String>,
        sources: Vec<Source<'a>>,
        parts: &[Part<'a>],
        key: &str,
        at: &At,
    ) -> Type {
        let docs = self.model_docs(parts, &at.hint);
        let (ty, model) = self.allocate(parts, key, at, docs);
        self.queue.push_back(Work::Union { model, tag, sources });
        ty
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
        for (index, source) in sources.into_iter().enumerate() {
            let hint = source.label.clone().unwrap_or_else(|| format!("Variant{}", index + 1));
            let at = At::inside(name.clone(), module).part(&hint);
            let ty = match source.of {
                Of::Parts(parts) => self.resolve(&parts, &at)?,
                Of::Kind(facts, kind, parts, key) => {
                    self.of_kind(*facts, kind, &parts, &format!("{kind:?} {key}"), &at)?
                }
            };
            let ty = ty.present().in_json();
            if ty == Type::Named(name.clone()) {
                continue;
            }
            if source.tags.is_empty()
                && let Some(known) = variants
                    .iter_mut()
                    .find(|known| known.ty == ty || known.ty.is_text() && ty.is_text())
            {
                if known.ty != ty {
                    known.ty = Type::String;
                }
                continue;
            }
            let wanted = match (&ty, source.label) {
                (Type::Named(named), Some(label))
                    if *named == at.hint || source.tags.len() == 1 && variants.iter().any(|v| v.ty == ty) =>
                {
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

    /// Branches that are all text, all numbers, or all true or false are no union.
    fn scalar_choice(
        &mut self,
        base: &Facts<'a>,
        choice: &Choice<'a>,
        branches: &[Facts<'a>],
        parts: &[Part<'a>],
        key: &str,
        at: &At,
    ) -> Result<Option<Type>, Problem> {
        let plain = branches.iter().all(|said| said.choices.is_empty() && !said.broken);
        let all = |kinds: Kinds| {
            plain
                && branches
                    .iter()
                    .all(|said| kind_of(said) != Kinds::NONE && kinds.has(kind_of(said)))
        };
        let values = branches
            .iter()
            .zip(&choice.branches)
            .flat_map(|(said, branch)| Self::labelled(said, branch));
        let values: Vec<_> = values.collect();
        let closed = branches.iter().all(|said| said.values.is_some());
        if all(Kinds::TEXT) {
            if !values.is_empty() {
                return self.enumeration_of(values, Some(Kinds::TEXT), parts, key, at).map(Some);
            }
            let formats: HashSet<_> = branches
                .iter()
                .map(|said| said.format.as_deref().or(base.format.as_deref()))
                .collect();
            let format = match formats.len() {
                1 => formats.into_iter().next().flatten(),
                _ => formats.contains(&Some("password")).then_some("password"),
            };
            return Ok(Some(Type::scalar(Kinds::TEXT, format)));
        }
        if all(Kinds::NUMBER) {
            if closed {
                return self.enumeration_of(values, None, parts, key, at).map(Some);
            }
            let integers = all(Kinds::INTEGER);
            let format = branches[0]
                .format
                .as_deref()
                .filter(|_| branches.iter().all(|said| said.format == branches[0].format));
            return Ok(Some(Type::scalar(
                if integers { Kinds::INTEGER } else { Kinds::NUMBER },
                format,
            )));
        }
        Ok(all(Kinds::BOOL).then_some(Type::Bool))
    }
}

/// What kind of value a branch is, by its type or by its values.
fn kind_of(said: &Facts<'_>) -> Kinds {
    let Some(values) = said.values.as_ref().filter(|_| said.kinds() == Kinds::NONE) else {
        return said.kinds();
    };
    let kind = |value: &serde_json::Value| match value {
        serde_json::Value::String(_) => Kinds::TEXT,
        serde_json::Value::Bool(_) => Kinds::BOOL,
        value if value.is_i64() => Kinds::INTEGER,
        serde_json::Value::Number(_) => Kinds::NUMBER,
        _ => Kinds::OBJECT,
    };
    values.iter().fold(Kinds::NONE, |kinds, value| kinds.or(kind(value)))
}

/// Whether a branch says already all that the schema around it says.
fn covers(branch: &Facts<'_>, base: &Facts<'_>, parts: &[Part<'_>]) -> bool {
    let members = base.members.iter().all(|member| branch.member(member.name).is_some());
    let whole = || {
        parts
            .iter()
            .all(|part| branch.seen.contains_key(part.node.place().pointer()))
    };
    base.members.is_empty() || whole() || members && base.required.is_subset(&branch.required)
}

/// One source, or one for each tag where the value itself cannot keep which it was.
fn sources_of<'a>(parts: Vec<Part<'a>>, node: &Node<'a>, tags: Vec<String>, keeps_tag: bool) -> Vec<Source<'a>> {
    let title = node.value().get("title").and_then(serde_json::Value::as_str);
    let label = |tags: &[String]| title.or(tags.first().map(String::as_str)).map(names::pascal);
    if tags.len() < 2 || keeps_tag {
        let label = label(&tags);
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
