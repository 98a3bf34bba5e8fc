//! Strongly connected components: models that reach each other.

/// Tarjan's algorithm without recursion. Returns the component of each node; its successors have lower numbers.
pub(super) fn strongly_connected_components(edges: &[Vec<usize>]) -> Vec<usize> {
    const UNVISITED: usize = usize::MAX;
    let mut order = vec![UNVISITED; edges.len()];
    let mut low = vec![UNVISITED; edges.len()];
    let mut component = vec![UNVISITED; edges.len()];
    let mut stack: Vec<usize> = Vec::new();
    let mut next_order = 0;
    let mut component_count = 0;
    for root in 0..edges.len() {
        if order[root] != UNVISITED {
            continue;
        }
        // Each node on the path, and the number of its edges that were followed.
        let mut path: Vec<(usize, usize)> = vec![(root, 0)];
        while let Some(&mut (node, ref mut followed)) = path.last_mut() {
            if *followed == 0 && order[node] == UNVISITED {
                (order[node], low[node]) = (next_order, next_order);
                next_order += 1;
                stack.push(node);
            }
            if let Some(&next) = edges[node].get(*followed) {
                *followed += 1;
                if order[next] == UNVISITED {
                    path.push((next, 0));
                } else if component[next] == UNVISITED {
                    low[node] = low[node].min(order[next]);
                }
                continue;
            }
            path.pop();
            if let Some(&(parent, _)) = path.last() {
                low[parent] = low[parent].min(low[node]);
            }
            if low[node] == order[node] {
                while let Some(member) = stack.pop() {
                    component[member] = component_count;
                    if member == node {
                        break;
                    }
                }
                component_count += 1;
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::strongly_connected_components;

    #[test]
    fn nodes_that_reach_each_other_form_a_component() {
        let components = strongly_connected_components(&[vec![1], vec![2], vec![0, 3], vec![4], vec![], vec![5]]);
        assert!(components[0] == components[1] && components[1] == components[2]);
        assert!(components[3] != components[0] && components[3] != components[4] && components[5] != components[4]);
        assert!(components[0] > components[3] && components[3] > components[4]);
        let chain: Vec<Vec<usize>> = (0..200_000)
            .map(|node| if node == 199_999 { vec![0] } else { vec![node + 1] })
            .collect();
        let components = strongly_connected_components(&chain);
        assert!(components.iter().all(|component| *component == components[0]));
    }
}
