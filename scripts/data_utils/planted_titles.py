"""Titles for movies that were never made. For authors."""

import numpy as np

# Titles with commas, or with foreign articles, as in the real files.
HANDMADE = (
    "Salt, Ash and Little Else",
    "Goodnight, Mr. Ostrander",
    "Ferrin, Ferrin and Wife",
    "Les Orages de Valcombe",
    "Il Cortile di Serravento",
    "La Tía de Montequiebra",
)

PATTERNS = (
    "The {noun} of {place}",
    "The {place} {noun}",
    "The {noun} at {place}",
    "The {adjective} {noun} of {place}",
    "A {noun} for {person}",
    "An {open_adjective} {noun} for {person}",
    "{person}'s {noun}",
    "{person} and the {noun}",
    "The {adjective} {noun} in {place}",
    "The {noun} and {person}",
    "Return to {place}",
    "My {noun} in {place}",
    "{person} of {place}",
)

PLACES = (
    "Aldermoor", "Bellavane", "Brackenhythe", "Calder Fork", "Carrowmeld",
    "Castelmarro", "Dunwithy", "Eastermere", "Fennimore Gap", "Gallowmere",
    "Gravenholt", "Harrowdun", "Hollin Creek", "Isenmark", "Joriville",
    "Kestrel Sound", "Kingsmallow", "Lake Ottoway", "Lindenquay", "Low Marram",
    "Marrowgate", "Monte Sereno Bay", "Nethercombe", "Novy Brod", "Old Tamsin",
    "Ormsgate", "Pellucid Bay", "Port Averil", "Quillhaven", "Quarry Nine",
    "Ravelstock", "Rue Lambertin", "Saltmeadow", "San Orlo", "Skerrivane",
    "Sulphur Wells", "Tarnwick", "Thistledown Street", "Tolvanera", "Umberleigh Row",
    "Upper Sorrow", "Vantry", "Varnholm", "Wexcombe", "Whistling Ridge",
    "Winterbrook", "Yarrowdale", "Zellenburg",
)  # fmt: skip

PEOPLE = (
    "Abelard Finch", "Agnes Tolliver", "Anselm", "Aurelio", "Beatrix Lorne",
    "Calloway", "Celestine", "Clement Ashgrove", "Cordelia Wick", "Dagny",
    "Desmond Pike", "Dorothea", "Eamon Fairlie", "Edith Marchbanks", "Eleni",
    "Emeka", "Esperanza Ruel", "Farida", "Fergus Hale", "Florian",
    "Gideon Stroud", "Giuditta", "Harriet Voss", "Henrike", "Ignatius",
    "Isolde Penhallow", "Jasper Quill", "Jun Takamori", "Katya Belov", "Kofi",
    "Leander", "Lucinda Tam", "Magnus Orr", "Marguerite", "Milo Dunstan",
    "Nadia Ferreira", "Odalys", "Oswin", "Perpetua", "Philippa Nye",
    "Rosalba", "Rufus Tarleton", "Sabine", "Silas Crane", "Tobias Wren",
    "Ursula Beck", "Valentina Oro", "Wilhelmina", "Yusuf", "Zora Maddox",
)  # fmt: skip

ADJECTIVES = (
    "Bitter", "Borrowed", "Broken", "Crooked", "Distant", "Faithful", "Forgotten",
    "Gentle", "Golden", "Hollow", "Last", "Long", "Lucky", "Patient", "Pale",
    "Quiet", "Reckless", "Second", "Secret", "Silver", "Small", "Tender", "Unlikely",
    "Wandering", "Wayward",
)  # fmt: skip

OPEN_ADJECTIVES = (
    "Absent", "Empty", "Endless", "Honest", "Idle", "Ordinary", "Unfinished",
    "Uninvited", "Unquiet",
)  # fmt: skip

NOUNS = {
    "Action": "Ambush Breakout Courier Deadline Detonator Gauntlet Hijack Pursuit "
    "Standoff Stuntman",
    "Adventure": "Caravan Castaway Compass Expedition Explorer Lagoon Map Schooner "
    "Shipwreck Voyage",
    "Animation": "Acorn Clockwork Dragonfly Firefly Kite Lantern Paintbox Puppet "
    "Snowman Toymaker",
    "Children's": "Badger Birthday Hedgehog Kitten Pony Puddle Sandcastle Tadpole "
    "Treehouse Tricycle",
    "Comedy": "Bachelor Bagpiper Bridesmaid Caterer Dentist Inheritance Landlady "
    "Mishap Nephew Picnic Roommate Toupee Understudy Weekend",
    "Crime": "Accomplice Alibi Bookmaker Burglar Forger Getaway Informer Racket "
    "Ransom Safecracker",
    "Documentary": "Archive Census Chronicle Glacier Harvest Migration Portrait "
    "Railway Testimony Workshop",
    "Drama": "Autumn Confession Daughter Farewell Funeral Homecoming Inheritor Letter "
    "Lighthouse Orchard Promise Silence Tenant Verdict Widow Winter",
    "Fantasy": "Changeling Enchanter Griffin Mirror Oracle Prophecy Spell Talisman "
    "Unicorn Wizard",
    "Film-Noir": "Blackmail Cigarette Double Gimlet Nightclub Patsy Shadow Streetlamp "
    "Stranger Trenchcoat",
    "Horror": "Attic Cellar Coffin Crypt Curse Exorcism Ghoul Haunting Scarecrow "
    "Scream",
    "Musical": "Ballad Cabaret Chorus Encore Fandango Melody Overture Serenade Tango "
    "Trumpeter",
    "Mystery": "Cipher Clue Disappearance Enigma Footprint Inspector Locket Riddle "
    "Suspect Witness",
    "Romance": "Bouquet Courtship Elopement Fiancée Honeymoon Kiss Sweetheart "
    "Valentine Waltz Wedding",
    "Sci-Fi": "Android Asteroid Cosmonaut Experiment Meteor Orbit Reactor Robot Signal "
    "Starship",
    "Thriller": "Betrayal Blackout Conspiracy Defector Hostage Intruder Nightfall "
    "Poison Stalker Surveillance",
    "War": "Armistice Barricade Battalion Bombardier Deserter Furlough Regiment Siege "
    "Soldier Trench",
    "Western": "Canyon Drifter Homestead Marshal Outlaw Posse Prospector Rustler "
    "Saddle Stagecoach",
}  # fmt: skip


def draw_titles(first_genres, years, rng: np.random.Generator) -> list[str]:
    """One title per movie, each used once; its noun hints at the first genre.

    A title drawn again becomes a sequel, "… 2", "… 3", in the order of the years.
    """
    titles = [_compose(genre, rng) for genre in first_genres]
    places = rng.permutation(len(titles))[: len(HANDMADE)]
    for place, handmade in zip(places, HANDMADE, strict=False):
        titles[place] = handmade
    times_seen: dict[str, int] = {}
    for place in np.argsort(years, kind="stable"):
        title = titles[place]
        part = times_seen[title] = times_seen.get(title, 0) + 1
        titles[place] = title if part == 1 else f"{title} {part}"
    return titles


def _compose(genre: str, rng: np.random.Generator) -> str:
    return str(rng.choice(PATTERNS)).format(
        noun=rng.choice(NOUNS[genre].split()),
        place=rng.choice(PLACES),
        person=rng.choice(PEOPLE),
        adjective=rng.choice(ADJECTIVES),
        open_adjective=rng.choice(OPEN_ADJECTIVES),
    )
