"""The benchmark: our provider under load, alone or beside npm `oidc-provider`, on this machine's loopback only.

Owns: a light load generator (wire), the workloads (workloads), the servers it starts and stops (postgres, ours, peer),
what it measures (measure, yardstick) and how it tells (report). Never imported by `idp`; nothing here runs in production.
"""
