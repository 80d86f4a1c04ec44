# Writes a cluster as kubectl and calicoctl print it, to measure the planner with:
#
#     awk -v nodes=10000 -v racks=40 -v mode=reflectors -f benches/cluster.awk
#
# mode: mesh; reflectors (three, each in a rack of its own, of one cluster id);
# racks (two reflectors in each rack, of the rack's cluster id, each other's
# neighbours).
BEGIN {
    if (mode == "") mode = "mesh"
    if (nodes == "" || racks == "" || mode !~ /^(mesh|reflectors|racks)$/) {
        print "usage: awk -v nodes=N -v racks=N -v mode=mesh|reflectors|racks -f cluster.awk" > "/dev/stderr"
        exit 2
    }
    nodes += 0
    racks += 0
    print "apiVersion: projectcalico.org/v3\nkind: BGPConfiguration\nmetadata: {name: default}"
    print "spec: {asNumber: 64512, nodeToNodeMeshEnabled: " (mode == "mesh" ? "true" : "false") "}\n---"
    if (mode == "reflectors")
        peer("to-reflectors", "all()", "has(reflector)")
    if (mode == "racks") {
        peer("between-racks", "has(reflector)", "has(reflector)")
        for (rack = 0; rack < racks; rack++)
            peer("rack-" rack, "rack == 'r" rack "'", "has(reflector) && rack == 'r" rack "'")
    }
    print "apiVersion: v1\nkind: List\nitems:"
    for (i = 0; i < nodes; i++) {
        rack = i % racks
        reflects = mode == "reflectors" && i < 3 || mode == "racks" && i < 2 * racks
        at = int(i / 65536) "." int(i / 256) % 256 "." i % 256
        cluster = mode == "racks" ? "244.0." int(rack / 256) "." rack % 256 : "244.0.0.1"
        print "- apiVersion: v1\n  kind: Node\n  metadata:\n    name: node-" i
        print "    labels:\n      rack: r" rack "\n      kubernetes.io/hostname: node-" i
        print "      topology.kubernetes.io/zone: z" rack % 3
        if (reflects)
            print "      reflector: \"true\""
        print "    annotations:\n      projectcalico.org/IPv4Address: 10." at "/8"
        if (reflects)
            print "      projectcalico.org/RouteReflectorClusterID: " cluster
        print "  spec:\n    podCIDR: 11." at "/32"
    }
}

function peer(name, from, to) {
    print "apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: " name "}"
    print "spec:\n  nodeSelector: \"" from "\"\n  peerSelector: \"" to "\"\n---"
}
