//! A model check of leases and generations: processes interleave at random between accesses to the engine, time passes,
//! accesses fail before or after they take effect, operations are cancelled, and the engine loses data. The invariants
//! are checked at every change of the record.

mod fixture;
mod invariants;
mod process;
mod simulated_store;

use proptest::collection::vec;
use proptest::prelude::*;

use self::fixture::Fixture;
use self::process::Operation;
use self::simulated_store::Fault;

#[derive(Debug, Clone)]
enum Step {
    /// Begins an operation unless one is in progress, and polls it.
    Begin(usize, Operation),
    Poll(usize),
    /// Polls the operation with a fault in the access to the engine.
    Fail(usize, Fault),
    /// Cancels the operation.
    Drop(usize),
    Advance(u64),
    SetBack(u64),
    LoseRecord,
    DamageRecord,
}

const PROCESSES: usize = 3;

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

fn regular_step() -> impl Strategy<Value = Step> {
    let process = 0..PROCESSES;
    let fault = prop_oneof![Just(Fault::BeforeEffect), Just(Fault::AfterEffect)];
    prop_oneof![
        8 => (process.clone(), operation()).prop_map(|(process, operation)| Step::Begin(process, operation)),
        12 => process.clone().prop_map(Step::Poll),
        1 => (process.clone(), fault).prop_map(|(process, fault)| Step::Fail(process, fault)),
        1 => process.prop_map(Step::Drop),
        3 => (1_u64..3000).prop_map(Step::Advance),
    ]
}

fn with_losses() -> impl Strategy<Value = Step> {
    let clear = (0..PROCESSES).prop_map(|process| Step::Begin(process, Operation::Clear));
    prop_oneof![28 => regular_step(), 1 => Just(Step::LoseRecord), 1 => Just(Step::DamageRecord), 1 => clear]
}

fn with_clock_steps() -> impl Strategy<Value = Step> {
    prop_oneof![28 => regular_step(), 2 => (1_u64..10_000).prop_map(Step::SetBack)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn invariants_hold_under_data_loss(steps in vec(with_losses(), 1..150)) {
        run(&steps);
    }

    #[test]
    fn invariants_hold_when_the_engine_clock_steps_back(
        steps in vec(with_clock_steps(), 1..150)
    ) {
        run(&steps);
    }
}

fn run(steps: &[Step]) {
    let mut fixture = Fixture::new(PROCESSES);
    for step in steps {
        match *step {
            Step::Begin(process, operation) => {
                fixture.begin(process, operation);
                fixture.poll(process, None);
            }
            Step::Poll(process) => fixture.poll(process, None),
            Step::Fail(process, fault) => fixture.poll(process, Some(fault)),
            Step::Drop(process) => fixture.drop_operation(process),
            Step::Advance(millis) => fixture.advance(millis),
            Step::SetBack(millis) => fixture.step_back(millis),
            Step::LoseRecord => fixture.lose_record(),
            Step::DamageRecord => fixture.damage_record(),
        }
    }
    fixture.assert_recovers();
}
