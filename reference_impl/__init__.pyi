from reference_impl.network import Network as Network
from reference_impl.training import Trainer as Trainer
