//! What the networks of a discovery show before anything is concluded.

use std::sync::OnceLock;

use nalgebra::{DMatrix, DVector};

use super::Discovery;
use super::audit::{Audit, Auditor};
use super::ensemble::Ensemble;
use super::folds::Folds;
use super::networks::EnsembleFit;
use super::support::Support;
use crate::fit::basis::rank_by_gap;
use crate::fit::{Augmentation, LearnedPlan, Session, TrainError, Trained};
use semola_engine::Backend;

/// Trained strengths below this count as dead.
pub const DEAD: f64 = 0.1;

/// The basis that was trained jointly with a network.
#[derive(Debug, Clone, Default)]
pub struct TrainedBasis {
    /// In descending order.
    pub strengths: Vec<f64>,
    /// Their directions: unit coefficients in whitened directions.
    pub directions: Vec<DVector<f64>>,
    /// How many of them lie above the largest gap.
    pub rank: usize,
    /// The resolution λ_reg in force at the end.
    pub resolution: f64,
}

impl TrainedBasis {
    fn of(joint: &Trained, plan: &LearnedPlan) -> Self {
        let Some(basis) = &joint.state.progress.basis else {
            return Self { resolution: f64::NAN, ..Self::default() };
        };
        let (strengths, rows) = basis.spectrum();
        let directions = (0..rows.nrows()).map(|i| rows.row(i).transpose()).collect();
        let rank = rank_by_gap(&strengths, DEAD);
        Self { strengths, directions, rank, resolution: plan.resolution_in_force(basis) }
    }
}

/// The findings of discovery, apart from the audit's verdicts.
pub struct Findings {
    pub support: Support,
    /// The jointly trained network, with its basis.
    pub joint: Trained,
    pub trained: TrainedBasis,
    /// Plain networks, each trained without one fold.
    pub plain: Ensemble,
    pub folds: Folds,
    /// What exact algebras are compared by, once one is.
    pub(super) compared: OnceLock<DMatrix<f64>>,
}

impl Findings {
    /// Measures the support, trains all networks, and audits them.
    pub(super) fn gather(
        discovery: &Discovery<'_>,
        device: &Backend,
        session: &dyn Session,
    ) -> Result<(Self, Audit), TrainError> {
        let (label, streams, settings) = (discovery.label, discovery.own_streams(), discovery.settings);
        let (problem, rows, networks) = (discovery.problem, discovery.rows, settings.audit.networks);
        let support = Support::of_space(&discovery.space.basis, problem, rows, label, &streams)?;
        let folds = Folds::deal(problem, rows, networks, label, &mut streams.get("folds", 0))?;
        let plan = discovery.plan(&support);
        let plain = EnsembleFit {
            stream: None,
            name: "audit",
            augmentation: Augmentation::None,
            start: None,
            networks,
            steps: settings.audit.steps,
            targets: None,
        };
        let (joint, plain) = rayon::join(
            || discovery.joint(&plan, device, session),
            || discovery.ensemble(&folds, &plain, device, session),
        );
        let (joint, plain) = (joint?, plain?);
        let trained = TrainedBasis::of(&joint, &plan);
        session.go_on()?;
        discovery.begins("audit", session);
        let audit = Auditor {
            problem,
            support: &support,
            ensemble: &plain,
            folds: &folds,
            rows,
            proposed: &trained.directions[..trained.rank],
            least: plan.generators,
            confidence: settings.audit.confidence,
            streams: &streams.scope("audit"),
            session,
        }
        .audit()?;
        Ok((Self { support, joint, trained, plain, folds, compared: OnceLock::new() }, audit))
    }

    /// Strength of a unit direction in the trained basis.
    pub(super) fn strength(&self, u: &DVector<f64>) -> f64 {
        self.joint.state.progress.basis.as_ref().map_or(f64::NAN, |basis| basis.strength(u))
    }

    /// Unit coefficients of a matrix.
    pub(super) fn unit(&self, l: &DMatrix<f64>) -> DVector<f64> {
        let u = self.support.coefficients(l);
        let norm = u.norm();
        if norm > 0.0 { u / norm } else { u }
    }

    /// The matrices of a span, each moving the data by its own size.
    pub(super) fn matrices(&self, span: &[DVector<f64>]) -> Vec<DMatrix<f64>> {
        span.iter().map(|u| self.support.combine(u)).collect()
    }
}
