//! What others keep in the account, which no run may touch, whatever happens to it.

use std::collections::BTreeMap;

use crate::support::{Change, FOREIGN_POLICY, Role, World};

/// Roles that are somebody else's, as they stand: of no sandbox, named like roles of tcperm and
/// without its tags, with the tags of another tool, and another sandbox of tcperm's.
pub fn planted(world: &World, sandboxes: &[&str]) -> BTreeMap<String, Role> {
    world.make_role("somebody-elses", &[("sandbox", "dev"), ("deployer", "tc")]);
    world.change("somebody-elses", Change::PutInline("wide", FOREIGN_POLICY));
    world.change("somebody-elses", Change::Attach("administrator"));
    world.make_role("tc-base-mutation-dev", &[("sandbox", "dev")]);
    world.change(
        "tc-base-mutation-dev",
        Change::PutInline("tc-base-mutation-dev", FOREIGN_POLICY),
    );
    world.make_role("tc-shop-worker-dev", &[]);
    world.make_role("tc-base-function-other", &[]);
    for sandbox in sandboxes {
        let role = format!("tc-base-function-{sandbox}");
        let tags = [
            ("sandbox", *sandbox),
            ("deployer", "tcperm"),
            ("tcperm:ns:beside", "logs.write"),
        ];
        world.make_role(&role, &tags);
        world.change(&role, Change::PutInline(&role, FOREIGN_POLICY));
    }
    world.roles()
}
