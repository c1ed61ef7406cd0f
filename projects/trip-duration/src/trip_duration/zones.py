"""The taxi zones of the data: what a caller may name, and what new data is checked against."""

ZONES = tuple(
    """
Allerton/Pelham Gardens
Alphabet City
Astoria
Auburndale
Baisley Park
Bath Beach
Battery Park
Battery Park City
Bay Ridge
Bayside
Bedford
Bedford Park
Belmont
Bensonhurst East
Bensonhurst West
Bloomingdale
Boerum Hill
Borough Park
Briarwood/Jamaica Hills
Brighton Beach
Bronx Park
Bronxdale
Brooklyn Heights
Brooklyn Navy Yard
Brownsville
Bushwick North
Bushwick South
Cambria Heights
Canarsie
Carroll Gardens
Central Harlem
Central Harlem North
Central Park
Chinatown
Claremont/Bathgate
Clinton East
Clinton Hill
Clinton West
Co-Op City
Cobble Hill
College Point
Columbia Street
Coney Island
Corona
Crotona Park East
Crown Heights North
Crown Heights South
Cypress Hills
DUMBO/Vinegar Hill
Douglaston
Downtown Brooklyn/MetroTech
Dyker Heights
East Chelsea
East Concourse/Concourse Village
East Elmhurst
East Flatbush/Farragut
East Flatbush/Remsen Village
East Flushing
East Harlem North
East Harlem South
East New York
East Tremont
East Village
East Williamsburg
Eastchester
Elmhurst
Elmhurst/Maspeth
Erasmus
Financial District North
Financial District South
Flatbush/Ditmas Park
Flatiron
Flatlands
Flushing
Flushing Meadows-Corona Park
Fordham South
Forest Hills
Fort Greene
Fresh Meadows
Garment District
Glendale
Gowanus
Gramercy
Gravesend
Greenpoint
Greenwich Village North
Greenwich Village South
Hamilton Heights
Highbridge
Highbridge Park
Hillcrest/Pomonok
Hollis
Homecrest
Howard Beach
Hudson Sq
Hunts Point
Inwood
Inwood Hill Park
JFK Airport
Jackson Heights
Jamaica
Jamaica Estates
Kew Gardens
Kew Gardens Hills
Kingsbridge Heights
Kips Bay
LaGuardia Airport
Lenox Hill East
Lenox Hill West
Lincoln Square East
Lincoln Square West
Little Italy/NoLiTa
Long Island City/Hunters Point
Long Island City/Queens Plaza
Lower East Side
Madison
Manhattan Beach
Manhattan Valley
Manhattanville
Marble Hill
Marine Park/Mill Basin
Maspeth
Meatpacking/West Village West
Melrose South
Middle Village
Midtown Center
Midtown East
Midtown North
Midtown South
Midwood
Morningside Heights
Morrisania/Melrose
Mott Haven/Port Morris
Mount Hope
Murray Hill
Murray Hill-Queens
North Corona
Norwood
Oakland Gardens
Ocean Hill
Old Astoria
Ozone Park
Park Slope
Parkchester
Pelham Bay
Pelham Parkway
Penn Station/Madison Sq West
Prospect Heights
Prospect Park
Prospect-Lefferts Gardens
Queens Village
Queensboro Hill
Queensbridge/Ravenswood
Randalls Island
Red Hook
Rego Park
Richmond Hill
Ridgewood
Riverdale/North Riverdale/Fieldston
Roosevelt Island
Rosedale
Saint Albans
Schuylerville/Edgewater Park
Seaport
Sheepshead Bay
SoHo
Soundview/Bruckner
Soundview/Castle Hill
South Jamaica
South Ozone Park
South Williamsburg
Springfield Gardens North
Springfield Gardens South
Spuyten Duyvil/Kingsbridge
Stapleton
Starrett City
Steinway
Stuy Town/Peter Cooper Village
Stuyvesant Heights
Sunnyside
Sunset Park West
Sutton Place/Turtle Bay North
Times Sq/Theatre District
TriBeCa/Civic Center
Two Bridges/Seward Park
UN/Turtle Bay South
Union Sq
University Heights/Morris Heights
Upper East Side North
Upper East Side South
Upper West Side North
Upper West Side South
Van Cortlandt Village
Van Nest/Morris Park
Washington Heights North
Washington Heights South
West Brighton
West Chelsea/Hudson Yards
West Concourse
West Farms/Bronx River
West Village
Westchester Village/Unionport
Whitestone
Williamsbridge/Olinville
Williamsburg (North Side)
Williamsburg (South Side)
Windsor Terrace
Woodhaven
Woodlawn/Wakefield
Woodside
World Trade Center
Yorkville East
Yorkville West
""".strip().splitlines()
)
