//! Chemical elements by symbol.

/// Symbols of the elements 1 to 118.
const SYMBOLS: &str = "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr \
    Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os \
    Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc \
    Lv Ts Og";

/// The atomic number of a symbol, in any case (`CL` is chlorine).
///
/// # Errors
/// A sentence that names the symbol, where there is no such element.
pub fn atomic_number(symbol: &str) -> Result<i64, String> {
    // The elements of nearly all molecules first: this is asked once an atom.
    match symbol {
        "H" => return Ok(1),
        "C" => return Ok(6),
        "N" => return Ok(7),
        "O" => return Ok(8),
        _ => {}
    }
    let found = SYMBOLS.split_whitespace().zip(1..).find(|(known, _)| known.eq_ignore_ascii_case(symbol));
    found.map(|(_, number)| number).ok_or_else(|| format!("there is no element `{symbol}`"))
}

/// The atomic number of a symbol or of a number between 1 and 118.
///
/// # Errors
/// As [`atomic_number`], and if a number is out of range.
pub fn symbol_or_number(text: &str) -> Result<i64, String> {
    match text.parse::<i64>() {
        Ok(number) => checked(number),
        Err(_) => atomic_number(text),
    }
}

/// Checks that an atomic number is in range.
///
/// # Errors
/// A sentence that names it, where it is out of range.
pub fn checked(number: i64) -> Result<i64, String> {
    if (1..=118).contains(&number) { Ok(number) } else { Err(format!("{number} is not an atomic number (1 to 118)")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_has_its_number() {
        for (symbol, number) in [("H", 1), ("cl", 17), ("CL", 17), ("Br", 35), ("I", 53), ("U", 92), ("Og", 118)] {
            assert_eq!(atomic_number(symbol), Ok(number));
        }
        assert_eq!(SYMBOLS.split_whitespace().count(), 118);
        assert_eq!((symbol_or_number("Fe"), symbol_or_number("26")), (Ok(26), Ok(26)));
        for bad in ["X", "", "0", "119", "-6", "C1"] {
            assert!(symbol_or_number(bad).is_err(), "{bad}");
        }
    }
}
