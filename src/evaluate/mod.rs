//! Measuring trained models in and out of distribution.

pub mod equivariance;
pub mod metrics;
pub mod motion;
pub mod shift;
