{row}.spent_on
