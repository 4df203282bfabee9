"""How the project is brought to life: on one machine, in containers, on a cluster."""
