//! Leases and generations under every kind of bad luck: members take turns at random, between any two accesses to the engine;
//! time passes, accesses fail before or after they took effect, operations are dropped half-way, the engine loses its data.
//! What must hold is checked at every change of the record.

mod engine;
mod member;
mod rules;
mod world;

use proptest::collection::vec;
use proptest::prelude::*;

use self::engine::Trouble;
use self::member::Operation;
use self::world::World;

#[derive(Debug, Clone)]
enum Step {
    /// The member begins an operation, unless one is under way; or takes the next turn with it.
    Begin(usize, Operation),
    Turn(usize),
    /// The same, and this access to the engine fails.
    Fail(usize, Trouble),
    /// The member forgets what it was doing.
    Drop(usize),
    Pass(u64),
    SetBack(u64),
    Lose,
    Damage,
}

const MEMBERS: usize = 3;

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => (1_u64..4000).prop_map(Operation::Acquire),
        2 => (1_u64..4000).prop_map(Operation::Renew),
        4 => (1_u64..10_000).prop_map(Operation::Save),
        1 => Just(Operation::Release),
        1 => Just(Operation::RejectNewest),
        1 => Just(Operation::RejectOlder),
        2 => Just(Operation::Load),
    ]
}

fn turn() -> impl Strategy<Value = Step> {
    let member = 0..MEMBERS;
    let trouble = prop_oneof![Just(Trouble::Before), Just(Trouble::After)];
    prop_oneof![
        8 => (member.clone(), operation()).prop_map(|(member, operation)| Step::Begin(member, operation)),
        12 => member.clone().prop_map(Step::Turn),
        1 => (member.clone(), trouble).prop_map(|(member, trouble)| Step::Fail(member, trouble)),
        1 => member.prop_map(Step::Drop),
        3 => (1_u64..3000).prop_map(Step::Pass),
    ]
}

fn with_losses() -> impl Strategy<Value = Step> {
    let clear = (0..MEMBERS).prop_map(|member| Step::Begin(member, Operation::Clear));
    prop_oneof![28 => turn(), 1 => Just(Step::Lose), 1 => Just(Step::Damage), 1 => clear]
}

fn with_a_clock_that_is_set_back() -> impl Strategy<Value = Step> {
    prop_oneof![28 => turn(), 2 => (1_u64..10_000).prop_map(Step::SetBack)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_record_keeps_its_rules_whatever_is_lost(steps in vec(with_losses(), 1..150)) {
        run(&steps);
    }

    #[test]
    fn the_record_keeps_its_rules_whenever_the_engines_clock_is_set_back(
        steps in vec(with_a_clock_that_is_set_back(), 1..150)
    ) {
        run(&steps);
    }
}

fn run(steps: &[Step]) {
    let mut world = World::new(MEMBERS);
    for step in steps {
        match *step {
            Step::Begin(member, operation) => {
                world.begin(member, operation);
                world.turn(member, None);
            }
            Step::Turn(member) => world.turn(member, None),
            Step::Fail(member, trouble) => world.turn(member, Some(trouble)),
            Step::Drop(member) => world.drop_operation(member),
            Step::Pass(millis) => world.pass(millis),
            Step::SetBack(millis) => world.set_back(millis),
            Step::Lose => world.lose(),
            Step::Damage => world.damage(),
        }
    }
    world.all_is_well_in_the_end();
}
