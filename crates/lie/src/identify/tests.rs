use super::*;
use crate::algebra::Frame;
use crate::expm::expm;
use crate::named::named;
use crate::random::normal;
use crate::subspace::combinations;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn gaussian(rows: usize, columns: usize, rng: &mut ChaCha8Rng) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |_, _| normal(rng))
}

/// A random invertible matrix with condition number below 8; affine ones keep the last row.
fn well_conditioned(k: usize, affine: bool, rng: &mut ChaCha8Rng) -> DMatrix<f64> {
    loop {
        let linear = gaussian(k, k, rng);
        let sigma = crate::svd::svd(&linear).sigma;
        if sigma[0] < 8.0 * sigma[k - 1] {
            let mut frame = DMatrix::identity(k + usize::from(affine), k + usize::from(affine));
            frame.view_mut((0, 0), (k, k)).copy_from(&(linear / sigma[0].sqrt()));
            if affine {
                frame.view_mut((0, k), (k, 1)).copy_from(&gaussian(k, 1, rng));
            }
            return frame;
        }
    }
}

fn space(k: usize, affine: bool) -> SearchSpace {
    if affine { SearchSpace::affine(k) } else { SearchSpace::gl(k) }.unwrap()
}

/// The generators in a frame, mixed among themselves, with relative noise.
fn disguised(
    name: &str,
    k: usize,
    affine: bool,
    frame: &DMatrix<f64>,
    noise: f64,
    rng: &mut ChaCha8Rng,
) -> Vec<DMatrix<f64>> {
    let frame = Frame::new(frame.clone()).unwrap();
    let basis: Vec<_> = named(name, k, affine).unwrap().basis.iter().map(|l| frame.conjugate(l)).collect();
    let basis = orthonormalise(&basis);
    let mix = gaussian(basis.len(), basis.len(), rng);
    let mut span = orthonormalise(&combinations(&basis, &mix));
    for l in &mut span {
        *l += gaussian(l.nrows(), l.ncols(), rng) * noise;
        if affine {
            l.row_mut(k).fill(0.0);
        }
    }
    span
}

const LINEAR: [(&str, usize); 32] = [
    ("so(2)", 2),
    ("so(1,1)", 2),
    ("scale", 2),
    ("sl(2)", 2),
    ("gl(2)", 2),
    ("sim(2)", 2),
    ("shear", 2),
    ("so(2)", 3),
    ("so(3)", 3),
    ("so(1,2)", 3),
    ("scale", 3),
    ("sl(3)", 3),
    ("gl(3)", 3),
    ("sim(3)", 3),
    ("so(1,1)", 3),
    ("sl(2)", 3),
    ("gl(2)", 3),
    ("galilei(2)", 3),
    ("shear", 3),
    ("sim(2)", 3),
    ("so(2)", 4),
    ("so(3)", 4),
    ("so(4)", 4),
    ("so(1,3)", 4),
    ("so(2,2)", 4),
    ("sp(4)", 4),
    ("sl(4)", 4),
    ("gl(4)", 4),
    ("sl(2)", 4),
    ("gl(2)", 4),
    ("galilei(3)", 4),
    ("sim(4)", 4),
];

const AFFINE: [(&str, usize); 23] = [
    ("se(2)[0,1]", 3),
    ("so(2)[0,1]+t(1)[2]", 3),
    ("se(3)[0,1,2]", 4),
    ("so(2)", 2),
    ("t(2)", 2),
    ("se(2)", 2),
    ("aff(2)", 2),
    ("sim(2)", 2),
    ("scale", 2),
    ("iso(1,1)", 2),
    ("gl(2)", 2),
    ("so(2)", 3),
    ("so(3)", 3),
    ("t(3)", 3),
    ("se(3)", 3),
    ("aff(3)", 3),
    ("sim(3)", 3),
    ("so(2)+t(3)", 3),
    ("t(1)[0]", 3),
    ("t(2)[0,1]", 3),
    ("iso(1,3)", 4),
    ("se(4)", 4),
    ("so(3)+scale", 3),
];

#[test]
fn every_named_algebra_is_recognised_in_every_frame() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let cases = LINEAR.map(|(n, k)| (n, k, false)).into_iter().chain(AFFINE.map(|(n, k)| (n, k, true)));
    for (full, k, affine) in cases {
        let algebra = named(full, k, affine).unwrap();
        for trial in 0..4 {
            let frame = well_conditioned(k, affine, &mut rng);
            let noise = if trial < 2 { 0.0 } else { 1e-3 };
            let span = disguised(full, k, affine, &frame, noise, &mut rng);
            let found = identify(&span, &space(k, affine), 0.05).unwrap();
            assert_eq!(
                (found.name.as_str(), found.rank),
                (algebra.short_name().as_str(), algebra.rank()),
                "{full} in {k}, trial {trial}: nearest {}",
                found.nearest
            );
            let snapped = found.snapped.as_ref().unwrap();
            assert!(snapped.angle < if noise > 0.0 { 0.05 } else { 1e-6 }, "{full}: {}", snapped.angle);
            assert!(closure_residual(&orthonormalise(&snapped.exact.basis())) < 1e-9, "{full}");
            if let Conjugacy::Conjugated { change_of_basis } = &found.conjugacy {
                let frame = Frame::new(change_of_basis.clone()).unwrap();
                let basis: Vec<_> = snapped.exact.algebra.basis.iter().map(|l| frame.conjugate(l)).collect();
                assert!(largest_angle(&orthonormalise(&span), &orthonormalise(&basis)) < 0.05);
            }
        }
    }
}

#[test]
fn standard_algebras_are_standard() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let cases = LINEAR.map(|(n, k)| (n, k, false)).into_iter().chain(AFFINE.map(|(n, k)| (n, k, true)));
    for (full, k, affine) in cases.chain([("so(2)[1,2]", 3, false), ("so(3)[1,2,3]", 4, false), ("so(2)", 8, false)]) {
        let side = k + usize::from(affine);
        let span = disguised(full, k, affine, &DMatrix::identity(side, side), 1e-3, &mut rng);
        let found = identify(&span, &space(k, affine), 0.05).unwrap();
        assert_eq!((found.conjugacy.clone(), found.nearest.as_str()), (Conjugacy::Standard, full));
        assert!(found.angle < 0.02 && found.leakage < 1e-3 && found.coverage > 0.999);
        assert_eq!(found.snapped.unwrap().exact.basis(), named(&found.nearest, k, affine).unwrap().basis);
        assert!(largest_angle(&found.canonical_basis, &orthonormalise(&span)) < 1e-7);
    }
}

#[test]
fn random_subspaces_have_no_name() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for (k, affine, rank) in [
        (2, false, 2),
        (3, false, 1),
        (3, false, 2),
        (3, false, 3),
        (3, false, 4),
        (4, false, 1),
        (4, false, 3),
        (4, false, 6),
        (4, false, 10),
        (2, true, 2),
        (2, true, 3),
        (3, true, 1),
        (3, true, 3),
        (3, true, 6),
        (3, true, 4),
        (8, false, 1),
    ] {
        for _ in 0..5 {
            let space = space(k, affine);
            let coefficients = gaussian(space.dim(), rank, &mut rng);
            let span: Vec<_> = coefficients.column_iter().map(|c| space.combine(c.as_slice())).collect();
            let found = identify(&span, &space, 0.05).unwrap();
            assert_eq!((found.name.as_str(), found.rank), ("unnamed", rank), "{k} {affine}");
            assert!(!found.is_named() && found.angle.max(found.leakage).max(1.0 - found.coverage) > 0.05);
            assert_eq!(found.sampler(0.1).rank(), rank);
        }
    }
}

#[test]
fn forms_and_samplers_of_hidden_groups() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for (name, k, expected) in
        [("so(3)", 3, (3, 0, 0)), ("so(1,3)", 4, (1, 3, 0)), ("so(2)", 2, (2, 0, 0)), ("so(2)", 4, (4, 0, 0))]
    {
        let frame = well_conditioned(k, false, &mut rng);
        let span = disguised(name, k, false, &frame, 1e-4, &mut rng);
        let found = identify(&span, &space(k, false), 0.05).unwrap();
        let (form, signature) = found.invariant_form.clone().unwrap();
        assert_eq!(signature, expected, "{name}");
        let sampler = found.sampler(0.5);
        for _ in 0..20 {
            let g = sampler.sample(&mut rng);
            assert!((g.transpose() * &form * &g - &form).amax() < 1e-8 * form.amax() * g.norm_squared(), "{name}");
        }
    }
}

#[test]
fn a_rotation_about_a_point_is_a_conjugated_one() {
    let about = expm(&dmatrix![0.0, 0.0, 3.0; 0.0, 0.0, -2.0; 0.0, 0.0, 0.0]);
    let l = Frame::new(about).unwrap().conjugate(&named("so(2)", 2, true).unwrap().basis[0]);
    let found = identify(&[l], &space(2, true), 0.05).unwrap();
    let Conjugacy::Conjugated { change_of_basis } = found.conjugacy else { panic!("standard") };
    assert_eq!(found.name, "so(2)");
    let centre = change_of_basis.column(2).into_owned();
    assert!((centre - dmatrix![3.0; -2.0; 1.0].column(0)).amax() < 1e-9);
    assert_eq!(found.invariant_form.unwrap().1, (2, 0, 0));
}

#[test]
fn empty_and_broken_spans() {
    let space = space(2, false);
    let none = identify(&[DMatrix::zeros(2, 2)], &space, 0.1).unwrap();
    assert_eq!((none.name.as_str(), none.rank), ("none", 0));
    assert_eq!(none.sampler(1.0).sample(&mut ChaCha8Rng::seed_from_u64(1)), DMatrix::identity(2, 2));
    assert_eq!(identify(&[dmatrix![f64::NAN, 0.0; 0.0, 0.0]], &space, 0.1), Err(IdentifyError::NotFinite { index: 0 }));
    assert!(matches!(identify(&[DMatrix::zeros(3, 3)], &space, 0.1), Err(IdentifyError::Shape { side: 2, .. })));
}

#[test]
fn a_flow_along_ellipses_lies_near_the_rotation_and_near_a_shear() {
    let flow = DMatrix::from_row_slice(2, 2, &[0.0, -1.0, 0.5, 0.0]);
    let space = SearchSpace::gl(2).unwrap();
    let near = standard_near(&[flow], &space, 0.5).unwrap();
    let names: Vec<&str> = near.iter().map(|id| id.name.as_str()).collect();
    assert_eq!(names, ["so(2)", "shear"]);
    // The cosines are (1 + ½)/√2√(1 + ¼) and 1/√(1 + ¼).
    assert!(
        (near[0].angle.cos() - 1.5 / 2.5f64.sqrt()).abs() < 1e-9 && (near[1].angle.cos() - 0.8f64.sqrt()).abs() < 1e-9
    );
    assert!(near.iter().all(|id| id.is_named() && id.rank == 1));
    assert!(standard_near(&[DMatrix::from_element(2, 2, f64::NAN)], &space, 0.5).is_err());
}

#[test]
fn random_spans_lie_near_a_standard_algebra_where_they_leave_little_room() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut chance = |rank, angle, space: &SearchSpace| chance_near(rank, angle, (space, &space.basis), 200, &mut rng);
    let (plane, four) = (SearchSpace::affine(2).unwrap(), SearchSpace::gl(4).unwrap());
    assert!(chance(6, 0.35, &four) < 0.01, "so(1,3) is met by nothing at random");
    let (near, far) = (chance(5, 0.6, &plane), chance(5, 1.2, &plane));
    assert!(near < 0.1 && far > 0.3, "the more room, the more chance: {near}, {far}");
    assert_eq!(chance(1, std::f64::consts::FRAC_PI_2, &plane), 1.0);
}
