use super::*;
use crate::model::RoleOwner;

/// `x` of `my-dev` and `x-my` of `dev` have one name.
#[test]
fn a_role_of_its_own_is_not_taken_from_another_sandbox_even_by_adoption() {
    let owner = RoleOwner {
        namespace: namespace("orders"),
        function: Some("x".to_owned()),
    };
    let id = RoleId::own(RoleKind::Function, owner, &Context::example().sandbox).unwrap();
    let topologies = alone(
        &namespace("orders"),
        &Shares::from([(id.clone(), Share::default())]),
    );
    let role = run(&topologies, Observed::new()).remove(&id).unwrap();
    let obstacle = |change: fn(&mut Tags), adoption| {
        let mut role = role.clone();
        change(&mut role.tags);
        let plan = decided(&topologies, &Observed::from([(id.clone(), role)]), adoption);
        plan.steps.into_iter().find_map(|step| step.obstacle)
    };
    let of_other = Some(Obstacle::OtherSandbox("qa".to_owned()));
    for adoption in [Adoption::Refuse, Adoption::Adopt] {
        assert_eq!(obstacle(|tags| tags.set("sandbox", "qa"), adoption), of_other);
    }
    let by_hand = |tags: &mut Tags| tags.remove("deployer");
    assert_eq!(obstacle(by_hand, Adoption::Refuse), Some(Obstacle::Foreign));
    assert_eq!(obstacle(by_hand, Adoption::Adopt), None);
}
