"""Memory: the append-only stock ledger, its history, its proof, snapshots and plans."""
