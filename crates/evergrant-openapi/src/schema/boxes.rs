//! Which members have to be boxed: those through which a struct would contain itself.

use super::model::Shape;
use super::{Schemas, Type};

/// The groups of structs that contain each other.
pub(super) struct Boxes {
    group: Vec<usize>,
}

impl Boxes {
    pub(super) fn new(schemas: &Schemas<'_>) -> Self {
        let edges: Vec<Vec<usize>> = schemas
            .models
            .iter()
            .map(|model| contained(schemas, &model.shape))
            .collect();
        Self { group: groups(&edges) }
    }

    /// Whether a member of this type, in the struct with this index, has to be boxed.
    pub(super) fn is_boxed(&self, schemas: &Schemas<'_>, model: usize, ty: &Type) -> bool {
        direct(schemas, ty).is_some_and(|other| self.group[model] == self.group[other])
    }
}

fn contained(schemas: &Schemas<'_>, shape: &Shape) -> Vec<usize> {
    match shape {
        Shape::Struct(object) => object
            .fields
            .iter()
            .filter_map(|field| direct(schemas, &field.ty))
            .collect(),
        _ => Vec::new(),
    }
}

/// The struct that a value of the type holds in itself; arrays, maps and unions hold theirs elsewhere.
fn direct(schemas: &Schemas<'_>, ty: &Type) -> Option<usize> {
    let Type::Named(name) = ty.present() else { return None };
    let index = *schemas.by_name.get(name)?;
    matches!(schemas.models[index].shape, Shape::Struct(_)).then_some(index)
}

/// Tarjan's strongly connected components, without recursion.
fn groups(edges: &[Vec<usize>]) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let mut order = vec![NEW; edges.len()];
    let mut low = vec![NEW; edges.len()];
    let mut group = vec![NEW; edges.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut count = 0;
    for root in 0..edges.len() {
        if order[root] != NEW {
            continue;
        }
        // A node, and how many of its edges have been followed.
        let mut way: Vec<(usize, usize)> = vec![(root, 0)];
        while let Some(&mut (node, ref mut followed)) = way.last_mut() {
            if *followed == 0 && order[node] == NEW {
                (order[node], low[node]) = (count, count);
                count += 1;
                open.push(node);
            }
            if let Some(&next) = edges[node].get(*followed) {
                *followed += 1;
                if order[next] == NEW {
                    way.push((next, 0));
                } else if group[next] == NEW {
                    low[node] = low[node].min(order[next]);
                }
                continue;
            }
            way.pop();
            if let Some(&(parent, _)) = way.last() {
                low[parent] = low[parent].min(low[node]);
            }
            if low[node] == order[node] {
                while let Some(member) = open.pop() {
                    group[member] = node;
                    if member == node {
                        break;
                    }
                }
            }
        }
    }
    group
}

#[cfg(test)]
mod tests {
    use super::groups;

    #[test]
    fn those_that_reach_each_other_are_a_group() {
        let found = groups(&[vec![1], vec![2], vec![0, 3], vec![4], vec![], vec![5]]);
        assert!(found[0] == found[1] && found[1] == found[2]);
        assert!(found[3] != found[0] && found[3] != found[4] && found[5] != found[4]);
        let chain: Vec<Vec<usize>> = (0..200_000)
            .map(|node| if node == 199_999 { vec![0] } else { vec![node + 1] })
            .collect();
        let found = groups(&chain);
        assert!(found.iter().all(|group| *group == found[0]));
    }
}
