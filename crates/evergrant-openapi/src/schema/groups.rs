//! The models that reach each other.

/// Tarjan's strongly connected components, without recursion. What a group leads to has a lower number.
pub(super) fn groups(edges: &[Vec<usize>]) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let mut order = vec![NEW; edges.len()];
    let mut low = vec![NEW; edges.len()];
    let mut group = vec![NEW; edges.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut count = 0;
    let mut found = 0;
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
                    group[member] = found;
                    if member == node {
                        break;
                    }
                }
                found += 1;
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
        assert!(found[0] > found[3] && found[3] > found[4]);
        let chain: Vec<Vec<usize>> = (0..200_000)
            .map(|node| if node == 199_999 { vec![0] } else { vec![node + 1] })
            .collect();
        let found = groups(&chain);
        assert!(found.iter().all(|group| *group == found[0]));
    }
}
